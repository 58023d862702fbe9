"""Is the package complete, and does it agree with itself? Asked of the files on disk alone."""

from demo.acquisition import Sample
from demo.package import Package
from documents.facts import Records, parse_facts, parse_record
from documents.package_on_disk import PackageOnDisk, examine
from documents.vocabulary import RecordKind


def verify(package: Package, sample: Sample) -> list[str]:
    """Every problem of the package, one sentence each; empty when it is sound.

    The files are compared with the sample itself, independent of what the database says.
    """
    facts = parse_facts(sample.facts)
    records = Records.model_validate(
        {kind: parse_record(RecordKind(kind), body) for kind, body in sample.records.items()}
    )
    on_disk = PackageOnDisk.open(package.folder)
    if on_disk.stated() != (facts, records):
        return ["facts.json and records.json do not state what the sample states"]
    return list(examine(on_disk, facts, records).problems)
