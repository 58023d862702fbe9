from rules.page_counts import VolumeCount, miscounted, over_limit


def test_pages_beyond_the_limit_are_named_because_nobody_reads_them() -> None:
    (sentence,) = over_limit(
        [
            VolumeCount(volume="I", pages=63, limit=60),
            VolumeCount(volume="II", pages=25, limit=25),
            VolumeCount(volume="V", pages=400, limit=None),
        ]
    )
    assert sentence == (
        "Volume I has 63 pages, 3 over the limit of 60: pages 61 to 63 are not evaluated."
    )


def test_a_list_that_states_other_pages_than_the_files_is_found() -> None:
    problems = miscounted({"PWS": 14, "CDRL": 6, "DD254": 3}, {"PWS": 15, "CDRL": 6})
    assert problems == (
        "PWS is listed with 14 pages; its file has 15.",
        "DD254 is listed with 3 pages and has no file.",
    )
