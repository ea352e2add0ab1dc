"""Verifying by face: an assertion of the face service, for one operation, once (R18)."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.faces import TYPE, FaceServiceReader, NoFaces, issue_assertion, make_face_reader, read_assertion
from api.jwks import KeyFile, Keys
from api.keys import FACE_KEY, development_key
from api.settings import Mode, Settings
from api.tokens import ALGORITHM, AUDIENCE, ISSUER, issue_token
from domain.actors import Actor
from domain.faces import TO_RESET_PASSWORD, to_verify_transfer
from repositories.errors import Unavailable
from repositories.factory import open_storage
from schema.nodes import key_of
from seeds.demo import PASSWORD
from tests.api.jwks.providing import forged, key_for, member, published_in
from tests.clients import Caller, Server, running_server

HOSPITAL = "H37010000001"
BILL = f"bill:{HOSPITAL}:B1:10.00"


def seen(server: Server, person_no: str, purpose: str, **later: float) -> str:
    """Give what the face service gives after it saw a face, that much later by the server's clock."""
    key = development_key(server.keys, FACE_KEY)
    return issue_assertion(key, person_no, purpose, server.clock.now + timedelta(**later))


def claims(server: Server, **changes: object) -> dict[str, Any]:
    """Give the claims of a good assertion for paying 10.00 of the bill, changed."""
    now = server.clock.now
    good = {
        "person": "P0001",
        "purpose": BILL,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "jti": "j-1",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


async def paid_by(server: Server, assertion: str, key: str = "k1", amount: str = "10.00") -> dict[str, Any]:
    """Pay some of the bill by face."""
    verification = {"faceAssertion": assertion}
    return await server.person("P0001").pay(HOSPITAL, amount, verification=verification, idempotencyKey=key)


# ---- what it is good for ------------------------------------------------------------------------------------------


async def test_a_transfer_is_verified_by_face(server: Server) -> None:
    """R18."""
    payer = server.person("P0001")
    transfer = (await payer.apply("P0004", "CHILD", "1.00"))["transfer"]
    assertion = seen(server, "P0001", f"transfer:{transfer['id']}")
    done = await payer.do(
        "verifyTransfer",
        "transfer { status verifiedBy }",
        transferId=transfer["id"],
        verification={"faceAssertion": assertion},
    )
    assert done == {"transfer": {"status": "COMPLETED", "verifiedBy": "FACE"}, "errors": []}


async def test_a_bill_and_a_premium_are_paid_by_face(server: Server) -> None:
    """R22, R23."""
    assert (await paid_by(server, seen(server, "P0001", BILL)))["payment"]["amount"] == "10.00"
    await server.person("P0001").give("P0004", "CHILD", "600.00")
    premium = await server.person("P0004").pay_premium(
        "540100", verification={"faceAssertion": seen(server, "P0004", "premium:540100:2025")}
    )
    assert premium["payment"]["status"] == "COMPLETED"


async def test_a_forgotten_password_is_reset_by_face_and_a_lock_with_it(server: Server) -> None:
    """R18."""
    person = server.person("P0001")
    for _ in range(5):
        await person.pay(HOSPITAL, "10.00", verification={"password": "135790"}, idempotencyKey=f"w{_}")
    reset = {"newPassword": "802713", "faceAssertion": seen(server, "P0001", "password")}
    assert (await person.do("setPassword", "person { personNo }", **reset))["errors"] == []
    paid = await person.pay(HOSPITAL, "10.00", verification={"password": "802713"}, idempotencyKey="right")
    assert paid["errors"] == []


async def test_whoever_is_locked_out_by_password_is_verified_by_face(server: Server) -> None:
    """R18: one suffices; a lock keeps out who guesses, and nobody guesses a signature."""
    for attempt in range(5):
        await server.person("P0001").pay(
            HOSPITAL, "10.00", verification={"password": "135790"}, idempotencyKey=f"w{attempt}"
        )
    assert (await paid_by(server, seen(server, "P0001", BILL)))["errors"] == []


# ---- once ---------------------------------------------------------------------------------------------------------


async def test_an_assertion_is_good_once(server: Server) -> None:
    """R18: the same amount of the same bill again needs the face again."""
    assertion = seen(server, "P0001", BILL)
    assert (await paid_by(server, assertion))["errors"] == []
    again = await paid_by(server, assertion, "k2")
    assert [error["code"] for error in again["errors"]] == ["VERIFICATION_FAILED"]
    assert again["payment"] is None
    assert (await paid_by(server, seen(server, "P0001", BILL), "k3"))["errors"] == []


async def test_an_assertion_used_by_several_at_once_is_good_once(server: Server) -> None:
    """R18, R20."""
    assertion = seen(server, "P0001", BILL)
    answers = await asyncio.gather(*(paid_by(server, assertion, f"k{number}") for number in range(3)))
    assert sorted(len(answer["errors"]) for answer in answers) == [0, 1, 1]


async def test_the_same_request_again_is_answered_alike_though_its_assertion_is_used(server: Server) -> None:
    """R20: a lost answer is asked for again with what one has."""
    assertion = seen(server, "P0001", BILL)
    assert await paid_by(server, assertion) == await paid_by(server, assertion)


async def test_an_assertion_is_not_used_up_by_what_another_rule_refuses(server: Server) -> None:
    """R18: here the bill's self-paid part is smaller than the amount."""
    assertion = seen(server, "P0001", f"bill:{HOSPITAL}:B1:40.00")
    refused = await paid_by(server, assertion, amount="40.00")
    assert [error["code"] for error in refused["errors"]] == ["OVER_SELF_PAID"]
    bill = {"number": "B1", "total": "100.00", "fundPaid": "50.00", "selfPaid": "50.00"}
    verification = {"faceAssertion": assertion}
    paid = await server.person("P0001").pay(
        HOSPITAL, "40.00", bill=bill, verification=verification, idempotencyKey="k2"
    )
    assert paid["errors"] == []


# ---- what is none -------------------------------------------------------------------------------------------------


def refused_ones(server: Server) -> dict[str, str]:
    """Give what is well formed and must not be accepted for paying 10.00 of the bill."""
    key = development_key(server.keys, FACE_KEY)

    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def signed(**changes: Any) -> str:  # noqa: ANN401 - what JSON holds
        return jwt.encode(claims(server, **changes), key, ALGORITHM, headers={"typ": TYPE})

    return {
        "somebody else's": seen(server, "P0002", BILL),
        "for another amount": seen(server, "P0001", f"bill:{HOSPITAL}:B1:10.01"),
        "for another bill": seen(server, "P0001", f"bill:{HOSPITAL}:B2:10.00"),
        "for a password": seen(server, "P0001", TO_RESET_PASSWORD),
        "expired": seen(server, "P0001", BILL, minutes=-6),
        "from the future": seen(server, "P0001", BILL, minutes=1),
        "not to be used before tomorrow": signed(nbf=server.clock.now + timedelta(days=1)),
        "good for a day": signed(exp=server.clock.now + timedelta(days=1)),
        "for another service": signed(aud="bank"),
        "without a name of its own": signed(jti=None),
        "without a person": signed(person=None),
        "for a person that is no text": signed(person=["P0001"]),
        "expiring at no time": signed(exp="never"),
        "expiring beyond all times": signed(exp=10**30),
        "of another type": jwt.encode(claims(server), key, ALGORITHM),
        "signed by somebody else": jwt.encode(claims(server), key_for("EdDSA", 9), ALGORITHM, headers={"typ": TYPE}),
        "signed with the public key as a secret": forged({"alg": "HS256", "typ": TYPE}, public),
        "a sign-in token": issue_token(development_key(server.keys), Actor(person_no="P0001"), datetime.now(UTC)),
    }


async def test_what_is_not_for_this_person_and_operation_moves_nothing(server: Server) -> None:
    """R18: and costs no try of the password."""
    person = server.person("P0001")
    before = await person.balances()
    for name, assertion in refused_ones(server).items():
        payload = await paid_by(server, assertion, name.replace(" ", "-"))
        errors = [(error["code"], error["attemptsLeft"], error["path"]) for error in payload["errors"]]
        assert errors == [("VERIFICATION_FAILED", 5, ["input", "verification"])], name
    assert await person.balances() == before


@pytest.mark.parametrize("text", ["", "face", "a.b.c.d", forged({"alg": "none", "typ": TYPE}, None)])
async def test_what_is_no_assertion_at_all_is_said_to_be_none(server: Server, text: str) -> None:
    """R18."""
    payload = await paid_by(server, text)
    assert [(e["code"], e["path"]) for e in payload["errors"]] == [
        ("INVALID_INPUT", ["input", "verification", "faceAssertion"])
    ]


async def test_an_assertion_signs_nobody_in(server: Server) -> None:
    """R27: not even if sign-in and faces are of one provider, with one key."""
    key = development_key(server.keys)
    now = datetime.now(UTC)
    named = {"iss": ISSUER, "sub": "u-1", "iat": now, "exp": now + timedelta(minutes=5)}
    for kind, status in ((TYPE, 401), ("JWT", 200)):
        token = jwt.encode(claims(server, **named), key, ALGORITHM, headers={"typ": kind})
        answer = await Caller(server.http, {"Authorization": f"Bearer {token}"}).post("{ viewer { roles } }")
        assert answer.status_code == status, kind


async def test_a_password_is_changed_by_one_proof(server: Server) -> None:
    """R18."""
    both = {"currentPassword": PASSWORD, "faceAssertion": seen(server, "P0001", TO_RESET_PASSWORD)}
    payload = await server.person("P0001").do("setPassword", "person { personNo }", newPassword="802713", **both)
    assert [(e["code"], e["path"]) for e in payload["errors"]] == [("INVALID_INPUT", ["input", "faceAssertion"])]


async def test_a_password_is_not_reset_by_another_faces_assertion(server: Server) -> None:
    """R18: nor by one that was made for a payment."""
    for assertion in (seen(server, "P0002", TO_RESET_PASSWORD), seen(server, "P0001", BILL)):
        payload = await server.person("P0001").do(
            "setPassword", "person { personNo }", newPassword="802713", faceAssertion=assertion
        )
        assert [(e["code"], e["path"]) for e in payload["errors"]] == [
            ("VERIFICATION_FAILED", ["input", "faceAssertion"])
        ]


# ---- whose keys ---------------------------------------------------------------------------------------------------


def made_by_service(algorithm: str, **changes: object) -> str:
    """Sign an assertion with the face service's key for that algorithm."""
    now = datetime.now(UTC)
    good = {"person": "P0001", "purpose": "transfer:x", "aud": "wallet", "iat": now, "exp": now, "jti": "j"}
    return jwt.encode(good | changes, key_for(algorithm), algorithm, headers={"typ": TYPE, "kid": algorithm})


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_the_face_services_keys_are_accepted(tmp_path: Path, algorithm: str) -> None:
    """R18."""
    reader = FaceServiceReader(Keys(KeyFile(published_in(tmp_path, member(key_for(algorithm), algorithm)))), "wallet")
    read = await reader.read(made_by_service(algorithm))
    assert read is not None
    assert (read.person_no, read.purpose) == ("P0001", to_verify_transfer(key_of("Transfer", "x")))


async def test_no_other_keys_are(tmp_path: Path) -> None:
    """R18."""
    reader = FaceServiceReader(Keys(KeyFile(published_in(tmp_path, member(key_for("RS256"), "RS256")))), "wallet")
    assert await reader.read(made_by_service("ES256")) is None
    assert await reader.read(made_by_service("RS256", aud="bank")) is None
    assert await reader.read("a.b.c") is None


async def test_while_the_face_services_keys_cannot_be_had_nobodys_face_is_refused(tmp_path: Path) -> None:
    """R18: the assertion may be good, so its sender is told to come again."""
    reader = FaceServiceReader(Keys(KeyFile(tmp_path / "none.json")), "wallet")
    with pytest.raises(Unavailable):
        await reader.read(made_by_service("RS256"))


async def test_development_accepts_a_face_services_assertions_and_its_own(tmp_path: Path) -> None:
    """R18."""
    file = published_in(tmp_path, member(key_for("RS256"), "RS256"))
    settings = Settings(data_dir=tmp_path, face_jwks_file=file)
    reader = make_face_reader(settings)
    own = issue_assertion(development_key(tmp_path, FACE_KEY), "P0001", TO_RESET_PASSWORD, datetime.now(UTC))
    assert await reader.read(own) is not None
    assert await reader.read(made_by_service("RS256", aud=AUDIENCE)) is not None
    assert await reader.read(made_by_service("ES256", aud=AUDIENCE)) is None


async def test_production_accepts_the_face_services_assertions_only(tmp_path: Path) -> None:
    """R18."""
    file = published_in(tmp_path, member(key_for("RS256"), "RS256"))
    with_service = Settings.model_construct(mode=Mode.PRODUCTION, data_dir=tmp_path, face_jwks_file=file)
    own = issue_assertion(development_key(tmp_path, FACE_KEY), "P0001", TO_RESET_PASSWORD, datetime.now(UTC))
    assert await make_face_reader(with_service).read(own) is None
    assert isinstance(make_face_reader(with_service.model_copy(update={"face_jwks_file": None})), NoFaces)


async def test_without_a_face_service_the_password_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R18."""
    monkeypatch.setattr("api.app.make_face_reader", lambda _settings: NoFaces())
    async with running_server(open_storage("memory://"), tmp_path) as server:
        payload = await paid_by(server, seen(server, "P0001", BILL))
        assert [error["code"] for error in payload["errors"]] == ["INVALID_INPUT"]
        assert "密码" in payload["errors"][0]["message"]
    assert await NoFaces().read("a.b.c") is None


def test_an_assertion_is_read_whatever_the_hour(tmp_path: Path) -> None:
    """R18: when it holds is the domain's to judge, by the one clock."""
    key = development_key(tmp_path, FACE_KEY)
    old = issue_assertion(key, "P0001", TO_RESET_PASSWORD, datetime(2020, 1, 1, tzinfo=UTC))
    read = read_assertion(old, key.public_key(), [ALGORITHM], AUDIENCE)
    assert read is not None
    assert read.issued_at == datetime(2020, 1, 1, tzinfo=UTC)
