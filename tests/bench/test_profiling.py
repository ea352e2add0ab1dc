"""Samples are put down to the part of the program that is innermost in them."""

from collections import Counter

from bench.profiling import REST, Profile, part_of, parts_of

SAMPLES = """\
run (uvicorn/server.py:86);execute (schema/build.py:106);load (strawberry/dataloader.py:43) 3
run (uvicorn/server.py:86);answer (api/graphql.py:158);create_task (asyncio/tasks.py:381) 2
_bootstrap (threading.py:1002);run (concurrent/futures/thread.py:58) 1
run (uvicorn/server.py:86);encode (<cattrs generated unstructure domain.ledger.Entry>:1) 4
"""


def test_a_sample_is_its_innermost_parts() -> None:
    assert parts_of(SAMPLES) == Counter(
        {
            "Strawberry and graphql-core": 3,
            "api: middlewares, sign-in, throttling, the view": 2,
            REST: 1,
            "records (cattrs)": 4,
        }
    )


def test_a_frame_without_a_file_belongs_to_whoever_called_it() -> None:
    assert part_of("verify (services/transfers.py:85);<lambda>") == "services and domain: the rules"


def test_a_profile_says_shares_and_cores() -> None:
    profile = Profile("(b)", Counter({"one": 3, "other": 1}), 0.5, 0.75, 0.25)
    text = "\n".join(profile.lines())
    assert text.startswith(
        "**(b)**: the process had 0.75 of a core, mongod 0.25; the interpreter was held 50% of the time"
    )
    assert "| one | 75.0 % |\n| other | 25.0 % |" in text
