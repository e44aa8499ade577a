"""The guard under whatever tables can be thought of: nothing outside ever passes, what is inside stays as it is."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app.services.guard import Guard
from tests.requests_app.records.guarded import FROM, HEADERS, OURS, TO, cut, scope, watched

LOOK_ALIKES = (
    "", " ", f"{OURS} ", f" {OURS}", f"{OURS}0", OURS[:-1], f"0{OURS}",
    "\uff14\uff18\uff12\uff11\uff13\uff13\uff17\uff17", f"{OURS}\u200b", f"'{OURS}",
    f"={OURS}", f"{OURS}\n", f"{OURS},{OURS}", f"\ufeff{OURS}", f"{OURS}.0", "48213371",
)  # fmt: skip
TINY = [timedelta(microseconds=n) for n in (0, 1, 999_999, 1_000_000, 3_600_000_000)]
ZONES = [UTC, *(timezone(timedelta(minutes=n)) for n in (-720, -1, 60, 330, 840))]
NO_TIME = ("", " ", "yesterday", "2026-05-01", "2026-05-01T00:00:00", "2026-05-01T24:00:00Z", "1777593600",
           "2026-05-01T00:00:00Z ", "\uff12\uff10\uff12\uff16-05-01T00:00:00Z",
           "20260501T000000Z", "2026-W18-5T00:00:00Z")  # fmt: skip
TEXTS = st.sampled_from(
    ["", "=1+1", '=HYPERLINK("http://x","y")', "@SUM(1)", "a\r\nb", "line\nfeed", 'say "so"', "a,b", "\t",
     "\u00e9\u2028\u00fc", "x" * 9000]
) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)  # fmt: skip


@st.composite
def moments(draw):
    """A moment around a border, in some zone, and whether it is in the period."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(NO_TIME)), False
    border, step, sign = draw(st.sampled_from([FROM, TO])), draw(st.sampled_from(TINY)), draw(st.sampled_from([-1, 1]))
    at = border + sign * step
    text = at.astimezone(draw(st.sampled_from(ZONES))).isoformat()
    return text.replace("+00:00", "Z"), (sign < 0 and step > TINY[0]) == (border == TO)


@st.composite
def spans(draw):
    """When a fact was on file, around a border, and whether that touches the period."""
    before, after = FROM - draw(st.sampled_from(TINY)), FROM + draw(st.sampled_from(TINY[1:]))
    last, late = TO - draw(st.sampled_from(TINY[1:])), TO + draw(st.sampled_from(TINY))
    since, until, inside = draw(
        st.sampled_from(
            [(before, before, False), (before, after, True), (before, None, True), (last, late, True),
             (last, None, True), (late, None, False), (late, late, False), (after, before, False), (before, late, True)]
        )
    )  # fmt: skip
    return since.isoformat(), until.isoformat() if until else "", inside


ACCOUNTS = st.just((OURS, True)) | st.just((OURS, True)) | st.sampled_from([(name, False) for name in LOOK_ALIKES])
HOLDERS = st.sampled_from([("", True), ("2", True), ("1", False), ("2 ", False), ("22", False), ("\uff13", False)])
# kind, asset, amount, fee, bought, how much of it, and whether a line for BTC and USDT covers it.
LEGS = st.sampled_from([
    ("deposit", "BTC", "1", "", "", "", True), ("withdrawal", "USDT", "1", "0.1", "", "", True),
    ("trade", "BTC", "1", "0.1", "USDT", "2", True), ("trade", "BTC", "1", "", "", "", True),
    ("trade", "", "", "0.1", "BTC", "1", True), ("trade", "ETH", "1", "0.1", "BTC", "2", False),
    ("trade", "BTC", "1", "0.1", "ETH", "2", False), ("trade", "BTC", "1", "0.1", "", "", False),
    ("trade", "", "4", "", "BTC", "1", False), ("trade", "BTC", "1", "", "", "2", False),
    ("deposit", "ETH", "1", "", "", "", False), ("deposit", "BTC ", "1", "", "", "", False),
    ("deposit", "", "", "", "", "", False), ("deposit", "BTC2", "1", "", "", "", False),
])  # fmt: skip
OTHERS = st.sampled_from(
    [("bc1q", "", "", True), ("bc1q", "", "", True), ("Jo Other", "", "", False), ("bc1q", "99", "", False),
     ("", "", " ", False)]
)  # fmt: skip


@st.composite
def rows(draw, category):
    """A row, and whether it is inside."""
    account, ours = draw(ACCOUNTS)
    if category == "registration":
        (holder, his), (since, until, then) = draw(HOLDERS), draw(spans())
        return [account, holder, draw(TEXTS), draw(TEXTS), since, until], ours and his and then
    at, then = draw(moments())
    if category == "logins":
        return [at, account, *(draw(TEXTS) for _n in range(4))], ours and then
    if category == "balances":
        asset, granted = draw(
            st.sampled_from([("BTC", True), ("BTC", True), ("ETH", False), ("btc", False), ("", False)])
        )
        return [at, account, asset, draw(TEXTS)], ours and then and granted
    *legs, covered = draw(LEGS)
    sender, number, name, unnamed = draw(OTHERS)
    return [at, account, *legs, sender, "bc1qx", number, name, draw(TEXTS)], ours and then and covered and unnamed


def written(text, *, always):
    """A field as RFC 4180 writes it."""
    return '"{}"'.format(text.replace('"', '""')) if always or set(text) & set(',"\r\n') else text


@st.composite
def tables(draw):
    """A table in one of the ways CSV is written: the category, its header and rows as bytes, and which are inside."""
    category = draw(st.sampled_from(sorted(HEADERS)))
    found = draw(st.lists(rows(category), max_size=6))
    always, end = draw(st.booleans()), draw(st.sampled_from(["\r\n", "\n"]))

    def line(fields):
        return (",".join(written(one, always=always) for one in fields) + end).encode()

    header = draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + line(HEADERS[category])
    return category, header, [(line(fields), inside) for fields, inside in found]


PIECES = st.lists(st.integers(0, 400), max_size=8)


@settings(max_examples=80)
@given(tables(), PIECES)
def test_nothing_outside_ever_passes_and_what_is_inside_stays_byte_for_byte(found, pieces):
    category, header, records = found
    content = header + b"".join(raw for raw, _inside in records)
    guard = watched(scope(category), content, pieces)
    assert (guard.rows, guard.outside) == (len(records), sum(not inside for _raw, inside in records))
    kept = b"".join(Guard(scope(category)).sift(cut(content, pieces)))
    assert kept == header + b"".join(raw for raw, inside in records if inside)
    assert watched(scope(category), kept).outside == 0


SPOILED = st.sampled_from(
    [b"\0", b"\r", b"\n", b'"', b",", b"\xff", b"\xef\xbb\xbf", b"0", b" ", b"\n\n", b'","', b"\r\n,"]
)


def read_by_hand(text):
    """The rows as RFC 4180 has them, read character by character."""
    found, row, one, quoted = [], [], "", False
    for here, following in zip(text, [*text[1:], ""], strict=True):
        if quoted:
            quoted = here != '"'
            one += here if quoted else ""
        elif here == '"':
            quoted = True
            one += here if one and following else ""
        elif here in ",\n":
            row, one = [*row, one.removesuffix("\r")], ""
            if here == "\n":
                found, row = [*found, row], []
        else:
            one += here
    return [row for row in [*found, [*row, one]] if len(row) > 1 or row[0].strip("\r")]


@settings(max_examples=60)
@given(tables(), st.lists(st.tuples(st.floats(0, 1), SPOILED), min_size=1, max_size=3), PIECES)
def test_spoiled_table_passes_only_where_every_row_that_anybody_reads_is_inside(found, spoiled, pieces):
    category, header, records = found
    content = header + b"".join(raw for raw, inside in records if inside)
    for where, what in spoiled:
        at = int(where * len(content))
        content = content[:at] + what + content[at:]
    guard = watched(scope(category), content, pieces)
    if guard.outside:
        return
    names, *rows_of_it = read_by_hand(content.decode("utf-8-sig"))
    assert guard.rows == len(rows_of_it)
    for fields in rows_of_it:
        row = dict(zip(names, fields, strict=True))
        assert row["account"] == OURS
        if category != "registration":
            assert FROM <= datetime.fromisoformat(row["time_utc"]) < TO
        assert row.get("holder") in {None, "", "2"}
        assert row.get("asset") in {None, "", "BTC", "USDT"}
        assert not row.get("counterparty_name")
