"""Requests as bytes are requests that our server carries out."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from api.faces import DevelopmentFaceReader
from api.keys import FACE_KEY, development_key
from api.tokens import DevelopmentReader
from bench.load import HEAD_END, is_right, length_of
from bench.operations import WALLET
from bench.population import HOT_NO
from bench.requests import Signing, post, read_request, transfer_requests
from bench.transfers import Plan
from domain.faces import to_verify_transfer


def test_each_pair_comes_once_before_any_comes_again() -> None:
    plan = Plan(3)
    taken = [each.pair.number for each in (*plan.take(2), *plan.take(4))]
    assert taken == [1, 2, 3, 1, 2, 3]
    assert len({each.key for each in plan.take(3)}) == 3


def test_a_share_of_the_transfers_goes_to_the_hot_payee() -> None:
    payees = [each.payee_no for each in Plan(5, 0.7).take(1_000)]
    assert 600 < payees.count(HOT_NO) < 800
    assert all(each.payee_no == each.pair.payee.person_no for each in Plan(5).take(5))


async def test_both_requests_of_a_transfer_are_about_the_same_one(tmp_path: Path) -> None:
    (planned,) = Plan(1).take(1)
    apply, verify = (request.partition(HEAD_END)[2] for request in transfer_requests(planned, Signing(tmp_path)))
    assert orjson.loads(apply)["variables"]["input"]["idempotencyKey"] == planned.key
    proof = orjson.loads(verify)["variables"]["input"]["verification"]["faceAssertion"]
    read = await DevelopmentFaceReader(development_key(tmp_path, FACE_KEY)).read(proof)
    assert read is not None
    assert (read.person_no, read.purpose) == (planned.pair.payer.person_no, to_verify_transfer(planned.id))


async def test_a_request_signs_its_sender_in(tmp_path: Path) -> None:
    head = read_request(WALLET, Signing(tmp_path)).partition(HEAD_END)[0].decode()
    token = head.partition("Authorization: Bearer ")[2]
    signed = await DevelopmentReader(development_key(tmp_path)).read(token)
    assert signed.actor.person_no == WALLET.person_no


def test_a_request_tells_the_length_of_its_body() -> None:
    body = "医保".encode()
    assert f"Content-Length: {len(body)}\r\n".encode() in post(body) + b"\r\n"
    assert post(body).endswith(HEAD_END + body)


ANSWER = b'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"data":{}}'


@pytest.mark.parametrize(("received", "length"), [(ANSWER, len(ANSWER)), (ANSWER[:60], len(ANSWER)), (ANSWER[:20], -1)])
def test_it_is_known_how_long_an_answer_is_once_its_head_is_there(received: bytes, length: int) -> None:
    assert length_of(received) == length


def test_an_answer_is_right_if_it_is_the_expected_one() -> None:
    assert is_right(ANSWER, b'{"data":{}}')
    assert not is_right(ANSWER, b'{"data":[]}')
    assert not is_right(ANSWER.replace(b"200", b"503"), b'{"data":{}}')


def test_an_answer_with_a_message_is_a_refusal() -> None:
    assert is_right(ANSWER, None)
    assert not is_right(ANSWER.replace(b"{}", b'{"message":""}'), None)
