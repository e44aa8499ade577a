"""Requests and packages at any point of what leaves."""

from datetime import timedelta

from django.utils import timezone

from requests_app.models import DownloadReceipt
from requests_app.services import building, notices, packages, paper_looks, recalls
from tests.factories import request_at
from tests.people import make_staff


def granted_request(*, barred: bool = True, **columns):
    """A granted request with its notices planned; barred: by a confirmed order."""
    data_request = request_at("granted", secrecy="2099-12-31" if barred else None, **columns)
    people = data_request.test_people
    if barred:
        notices.confirm_bar(
            data_request.non_disclosure_orders.get(),
            page="2",
            bars_until=data_request.non_disclosure_orders.get().bars_until,
            by=people.analyst,
        )
    notices.plan_for(data_request, by=people.approver)
    return data_request


def sealed_package(data_request, *, by=None, at=None):
    """A package that a worker has built, and whose letter the approver has looked at."""
    package = packages.start(data_request, by=by or data_request.test_people.analyst, at=at)
    return seen(building.build(package.pk, at=at), data_request.test_people.approver)


def seen(package, *people):
    """These people have looked at the pages of every paper of a package, where it is sealed."""
    for document, _words in paper_looks.papers(package):
        for person in people:
            paper_looks.note_look(package, document, by=person)
    return package


def released_package(data_request, *, at=None):
    """A package the officer may download."""
    at = at or timezone.now()
    package = sealed_package(data_request, at=at - timedelta(minutes=5))
    package = packages.release(package, by=data_request.test_people.approver, at=at)
    package.data_request.test_people = data_request.test_people
    return package


def taken(package, *, user=None, document=None, **changes):
    """A transfer of something of a package: whole, unless said otherwise."""
    at = timezone.now()
    user = user or package.data_request.officer
    values = {"started_at": at, "finished_at": at, "bytes_sent": 900, "complete": True} | changes
    return DownloadReceipt.objects.create(
        package=package, document=document or package.archive, user=user, agency_name=user.membership.agency.name,
        **values,
    )  # fmt: skip


def called_back(package, *, cause="wrong_account", by=None, confirmed=True, at=None):
    """A package stopped by one person, and the recall confirmed by another one."""
    by = by or make_staff("approver")
    packages.revoke(package, cause=cause, reason="Account B is another person", by=by, at=at)
    recall = recalls.of_package(package)
    return recalls.confirm(recall, by=make_staff("approver"), at=at) if confirmed else recall
