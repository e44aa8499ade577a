"""How many imitations the look-alike check catches, how many honest domains it suspects, and how fast it is.

    python benchmarks/look_alikes.py [LIST.csv]      a list in the columns of the .gov list makes the registry large

Permutations are made here, of ten agencies, in the ways in which names are squatted. Those under an ending that only a
government gives out are counted apart: nobody can register them. Writes benchmarks/results/look_alikes.md.
"""

# ruff: noqa: RUF001 - letters that look alike are what this is about

import csv
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ |= {"DJANGO_SETTINGS_MODULE": "lers.settings", "ENVIRONMENT": "test"}

import django  # noqa: E402 - after the settings are chosen

django.setup()

from accounts.addresses import government_zone  # noqa: E402
from accounts.domain_names import parts_of  # noqa: E402
from accounts.look_alikes import Index, mixes_scripts  # noqa: E402
from accounts.official_domains import official_domains  # noqa: E402

TARGETS = (
    "nypd.org", "interpol.int", "met.police.uk", "politie.nl", "fbi.gov", "carabinieri.it", "garda.ie", "policia.es",
    "police.govt.nz", "northmoor-police.example",
)  # fmt: skip
# Not looked at while the rules were written.
HELD_OUT = (
    "polisen.se", "poliisi.fi", "guardiacivil.es", "gdf.it", "psp.pt", "police.hu", "politi.dk", "europol.europa.eu",
    "rcmp-grc.gc.ca", "icc-cpi.int",
)  # fmt: skip
_NEIGHBOURS = """
    qwa wqes ewrd retf tryg ytuh uyij iuok oipl po aqsz sadw dsfe fdgr gfht hgjy jhku kjli lko zxa xzcs cxvd vcbf bvng
    nbmh mnj
"""
KEYS = {word[0]: word[1:] for word in _NEIGHBOURS.split()}
_ALIKE = """
    a4àáâãäåɑа b8ḃ cçćсϲ dďđ e3éèêëēе g9ġğɡ hһ i1líìïıі l1iḷł nñńո o0óòöøоο pрρ rŕг s5śşѕ t7ţτ uúüµυ vν yýу
"""
GLYPHS = {word[0]: word[1:] for word in _ALIKE.split()}
ENDINGS = ("com", "org", "net", "info", "co", "eu", "us", "co.uk", "uk.com", "online", "int.co", "gov.example")
WORDS = ("gov", "police", "portal", "mail", "secure", "login", "official", "uk", "us", "eu", "int", "support")
VOWELS = "aeiou"
# Real domains of offices from general knowledge; those of the registry itself are left out when the list is used.
HONEST = """
    kent.police.uk essex.police.uk sussex.police.uk gwent.police.uk cumbria.police.uk northumbria.police.uk
    psni.police.uk lapdonline.org chicagopolice.org houstonpolice.org phillypolice.com lasd.org sfgov.org
    sdsheriff.net ocsheriff.com torontopolice.on.ca vpd.ca spvm.qc.ca peelpolice.ca opp.ca calgarypolice.ca
    edmontonpolice.ca winnipeg.ca police.vic.gov.au police.nsw.gov.au police.qld.gov.au polizei.hessen.de
    polizei-bw.de polizei.berlin.de kapo.zh.ch stadt-zuerich.ch kapo.be.ch police.vd.ch police.be polfed-fedpol.be
    madrid.es gencat.cat bcn.cat ertzaintza.eus policianacional.gov.co fiscalia.gov.co investigaciones.cl
    minpublico.cl policiamilitar.sp.gov.br mpsp.mp.br politi.gl politi.fo logreglan.is okokrim.no
    ekobrottsmyndigheten.se kustbevakningen.se tulli.fi skat.dk skatteverket.se cab.ie revenue.ie politsei.ee
    vid.gov.lv fntt.lt celnisprava.cz policie.cz nav.gov.hu kas.gov.pl fu.gov.si pulizija.gov.mt gov.mb.ca gov.on.ca
    polisi.gov.my royalthaipolice.go.th npa.go.jp pref.kyoto.lg.jp police.go.kr ndrc.gov.cn
"""


def permutations(domain: str) -> Iterator[tuple[str, str]]:
    """Yield (way, domain) for one known domain."""
    sub, label, suffix = parts_of(domain)
    before = f"{sub}." if sub else ""  # the agency is europol.europa.eu: x@europol.eur0pa.eu imitates it
    for way, changed in changed_labels(label):
        yield way, f"{before}{changed}.{suffix}"
    for ending in ENDINGS:
        yield "other ending", f"{before}{label}.{ending}"
    for word in WORDS:
        for added in (f"{label}-{word}", f"{word}-{label}", f"{label}{word}"):
            yield "word added", f"{added}.com"
    flat = domain.replace(".", "-")
    for name in (f"{flat}.com", f"{domain.replace('.', '')}.com", f"{domain}.verify-login.com", f"{domain}-mail.com"):
        yield "whole domain inside", name
    for first in suffix.split("."):
        for name in (f"{label}{first}", f"{label}-{first}"):
            yield "ending inside", f"{name}.com"


def changed_labels(label: str) -> Iterator[tuple[str, str]]:
    """Yield (way, label) for the ways that change letters."""
    for at, letter in enumerate(label):
        yield from _changed_at(label[:at], letter, label[at + 1 :])
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789":
        yield "addition", label + letter
    yield "look-alike letter", label.replace("m", "rn")
    yield "look-alike letter", label.replace("d", "cl")


def _changed_at(before: str, letter: str, after: str) -> Iterator[tuple[str, str]]:
    yield "omission", before + after
    yield "repetition", before + letter * 2 + after
    if after:
        yield "transposition", before + after[0] + letter + after[1:]
    if after and "-" not in {letter, after[0]}:
        yield "hyphen", f"{before}{letter}-{after}"
        yield "dot", f"{before}{letter}.{after}"
    for key in KEYS.get(letter, ""):
        yield "neighbouring key", before + key + after
        yield "insertion", before + key + letter + after
    for glyph in GLYPHS.get(letter, ""):
        yield "look-alike letter", before + glyph + after
    for vowel in VOWELS.replace(letter, "") if letter in VOWELS else "":
        yield "vowel", before + vowel + after
    for flipped in (chr(ord(letter) ^ (1 << bit)) for bit in range(8)):
        if flipped.isascii() and (flipped.islower() or flipped.isdigit()):
            yield "bit flip", before + flipped + after


def as_ascii(domain: str) -> str | None:
    """Return the domain as A-labels, None where it cannot be one."""
    try:
        name = domain.encode("idna").decode()
    except UnicodeError:
        return None
    labels = name.split(".")
    return None if any(not label or label.startswith("-") or label.endswith("-") for label in labels) else name


def flagged(index: Index, domain: str) -> str:
    """Return "failed", "look" or nothing, as the check of an application would."""
    if mixes_scripts(domain):
        return "failed"
    found = index.find(domain, zone=government_zone(domain))
    return "" if found is None else "failed" if found.plain else "look"


def main() -> None:
    """Measure and write the table."""
    official = {domain for agency in official_domains().agencies for domain in agency.domains}
    listed: set[str] = set()
    if len(sys.argv) > 1:
        with Path(sys.argv[1]).open(encoding="utf-8") as rows:
            listed = {row["Domain name"].strip().lower() for row in csv.DictReader(rows)}
    brands = official | set(TARGETS) | set(HELD_OUT)
    started = time.perf_counter()
    index = Index(brands | listed, brands=brands)
    built = time.perf_counter() - started
    lines = [
        "# Look-alike check",
        "",
        f"{len(brands)} brands and {len(listed)} listed names; index built in {built:.2f} s.",
    ]
    lines += caught(index, brands | listed, TARGETS, "agencies")
    lines += caught(
        index, brands | listed, HELD_OUT, "other agencies; the rules were mended once after their first run (79.9%)"
    )
    lines += suspected(index, official, brands, listed)
    text = "\n".join(lines) + "\n"
    (ROOT / "benchmarks" / "results" / "look_alikes.md").write_text(text, encoding="utf-8")
    print(text)


def caught(index: Index, known: set[str], targets: tuple[str, ...], what: str) -> list[str]:
    """Return the lines about permutations."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    missed: list[str] = []
    closed, times, seen = [0, 0], [], set()
    for target in targets:
        for way, text in permutations(target):
            name = as_ascii(text.lower())
            if name is None or name in seen or name in known:
                continue
            seen.add(name)
            started = time.perf_counter()
            found = bool(flagged(index, name))
            times.append(time.perf_counter() - started)
            row = closed if government_zone(name) else counts[way]
            row[0] += found
            row[1] += 1
            if not found and row is not closed:
                missed.append(name)
    hits, total = (sum(row[place] for row in counts.values()) for place in (0, 1))
    done = f"{hits} of {total} caught ({hits / total:.1%})"
    lines = [
        "",
        f"Permutations of {len(targets)} {what}, that anybody can register: {done}.",
        f"Under an ending that only governments get, which nobody can register: {closed[0]} of {closed[1]}.",
        f"One look takes {statistics.median(times) * 1000:.1f} ms (longest {max(times) * 1000:.0f} ms).",
        "",
        "| Way | Caught | Of |",
        "|---|---|---|",
    ]
    lines += [f"| {way} | {row[0]} | {row[1]} |" for way, row in sorted(counts.items())]
    return [*lines, "", f"Missed, the first 30 of {len(missed)}: {', '.join(missed[:30])}."]


def suspected(index: Index, official: set[str], brands: set[str], listed: set[str]) -> list[str]:
    """Return the lines about honest domains: outsiders, and each official agency as if it were not on file."""
    outsiders = [name for name in HONEST.split() if name not in brands | listed]
    alarms = {name: mark for name in outsiders if (mark := flagged(index, name))}
    absent: dict[str, str] = {}
    agencies = official_domains().agencies
    for agency in agencies:
        others = Index((brands - set(agency.domains)), brands=brands)
        absent |= {name: mark for name in agency.domains if (mark := flagged(others, name))}
    known = [name for name in official if flagged(index, name)]
    return [
        "",
        f"Honest domains that are not on file: {len(alarms)} of {len(outsiders)} suspected ({_list(alarms)}).",
        f"Official domains, their agency taken off the file: {len(absent)} of {len(official)} ({_list(absent)}).",
        f"Official domains on file that are suspected: {len(known)}.",
    ]


def _list(marks: dict[str, str]) -> str:
    return ", ".join(f"{name}: {mark}" for name, mark in marks.items()) or "none"


if __name__ == "__main__":
    main()
