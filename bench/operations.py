"""The operations that are measured, and who sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bench.population import payee_no
from domain.kinship import Kinship
from schema.nodes import global_id


@dataclass(frozen=True, slots=True)
class Read:
    """A query of a scenario: its letter, its text with variables, and the person who asks, if somebody does."""

    scenario: str
    about: str
    text: str
    variables: dict[str, object] = field(default_factory=dict)
    person_no: str | None = None


READER: Final = payee_no(1)
"""Whose wallet page is read: the first payee of the population."""

_AREA: Final = "nodes { code name fullName pinyin level kind }"
AREAS: Final = Read(
    "a",
    "200 areas × 6 fields",
    f"""query Areas($level: RegionLevel!) {{
  one: regions(first: 100, filter: {{ level: $level }}) {{ {_AREA} }}
  two: regions(last: 100, filter: {{ level: $level }}) {{ {_AREA} }}
}}""",
    {"level": "AREA"},
)
REGION: Final = Read(
    "b",
    "one region by code",
    "query Region($code: String!) { region(code: $code) { code name fullName pinyin level kind } }",
    {"code": "370100"},
)
_PARTY: Final = "personNo name walletActivated area { code fullName }"
WALLET: Final = Read(
    "c",
    "my wallet page",
    f"""query Wallet($entries: Int!) {{
  viewer {{ person {{ id name maskedIdNumber wallet {{
    id status balance availableBalance maskedPhone activatedAt useArea {{ code fullName }}
    entries(first: $entries) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        id seq kind amount balanceAfter occurredAt
        transfer {{
          id number source amount relation scope status createdAt completedAt
          payer {{ {_PARTY} }}
          payee {{ {_PARTY} }}
        }}
      }}
    }}
  }} }} }}
}}""",
    {"entries": 20},
    READER,
)

TIES: Final = "{ viewer { person { kinships(first: 10) { nodes { id relation } } } } }"
"""What has to be known before scenario (d) can be asked."""
FAMILY: Final = "P0001"
"""Who has the most relatives of the demo family."""


def kinships(ties: list[tuple[str, str]]) -> Read:
    """Ask for one's ties, and for a preview of a transfer to each of these relatives (by id and relation)."""
    previews = "\n".join(
        f"""  p{number}: transferPreview(input: {{
    source: PERSONAL_ACCOUNT, payee: {{ kinshipId: "{tie}" }}, relation: {relation}, amount: "10.00"
  }}) {{ eligible scope checks {{ code passed message }} }}"""
        for number, (tie, relation) in enumerate(ties)
    )
    text = f"""query Kinships {{
  viewer {{ person {{ kinships(first: 10) {{ nodes {{
    id relation status declaredAt crossProvince relative {{ {_PARTY} }}
  }} }} }} }}
{previews}
}}"""
    return Read("d", "kinships with previews", text, person_no=FAMILY)


# ---- transfers ----------------------------------------------------------------------------------------------------

_TRANSFER: Final = "transfer { id number amount status scope payee { personNo name } }"
APPLY: Final = f"""mutation Apply($input: ApplyTransferInput!) {{
  applyTransfer(input: $input) {{ {_TRANSFER} errors {{ code message }} }}
}}"""
VERIFY: Final = f"""mutation Verify($input: VerifyTransferInput!) {{
  verifyTransfer(input: $input) {{ {_TRANSFER} errors {{ code message }} }}
}}"""


def side_id(tie: Kinship, person_no: str) -> str:
    """Name a tie as one of its persons knows it."""
    return global_id("Kinship", tie.seen_by(person_no).id)
