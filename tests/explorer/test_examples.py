"""A new visitor finds examples that run one after another, each as whoever it tells of."""

import os
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from tests.api.subscribing import until
from tests.explorer.visiting import EDITOR, HEADERS, Visitor

EXAMPLES = {
    "MyCity": "",
    "Activate": "person:P0008",
    "Declare": "person:P0006",
    "Preview": "person:P0006",
    "Apply": "person:P0006",
    "Verify": "person:P0006",
    "Pay": "person:P0007",
    "Statement": "person:P0007",
}
ME = "{ viewer { roles person { name } institution { name } } }"
PICTURE = Path(__file__).parents[2] / "docs" / "explorer.png"


async def test_the_first_example_runs_as_the_page_opens(visitor: Visitor) -> None:
    """Nothing has to be clicked but the button."""
    answer = await visitor.answered()
    assert data_of(answer)["regions"]["nodes"][0]["fullName"] == "湖北省武汉市"
    await visitor.page.reload()
    await visitor.ready()
    assert data_of(await visitor.answered()) == data_of(answer)
    await expect(visitor.page.locator(".graphiql-tab-button")).to_have_count(len(EXAMPLES))


async def test_the_examples_run_in_the_order_of_the_article(visitor: Visitor) -> None:
    answers = {}
    for example, name in EXAMPLES.items():
        await visitor.come_to(example)
        await expect(visitor.who).to_have_value(name)
        await expect(visitor.page.locator(EDITOR)).to_contain_text(example)
        answers[example] = data_of(await visitor.answered())
        await expect(visitor.answer).to_contain_text("data")
    assert answers["MyCity"]["regions"]["nodes"][0]["fullName"] == "湖北省武汉市"
    assert answers["Preview"]["transferPreview"]["eligible"]
    assert answers["Verify"]["verifyTransfer"]["transfer"]["status"] == "COMPLETED"
    assert answers["Pay"]["payMedicalExpense"]["wallet"]["balance"] == "85.50"
    assert len(answers["Statement"]["viewer"]["person"]["wallet"]["entries"]["nodes"]) == 2
    await expect(visitor.page.locator(EDITOR)).to_contain_text("查看收支明细")
    await expect(visitor.answer).to_contain_text("李小宝")
    if os.environ.get("SCREENSHOT") == "1":
        await visitor.page.screenshot(path=PICTURE)


def data_of(answer: dict[str, Any]) -> dict[str, Any]:
    """Give the data of an answer in which nothing was refused."""
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    assert all(payload.get("errors", []) == [] for payload in data.values()), answer
    return data


async def test_a_visitor_may_be_anybody(visitor: Visitor) -> None:
    await visitor.paste(ME)
    assert (await visitor.answered())["data"] == {"viewer": None}
    await visitor.who.select_option("person:P0001")
    assert (await visitor.answered())["data"]["viewer"]["person"] == {"name": "李建国"}
    await visitor.who.select_option("institution:H37010000001")
    assert (await visitor.answered())["data"]["viewer"]["institution"] == {"name": "济南市示范医院"}
    await visitor.who.select_option("agency:demo")
    assert (await visitor.answered())["data"]["viewer"]["roles"] == ["AGENCY"]
    await visitor.who.select_option("")
    assert (await visitor.answered())["data"] == {"viewer": None}


async def test_a_visitor_is_the_same_in_subscriptions_and_after_a_reload(visitor: Visitor) -> None:
    await visitor.who.select_option("person:P0004")
    await visitor.page.reload()
    await visitor.ready()
    await expect(visitor.who).to_have_value("person:P0004")
    await visitor.type("subscription { walletActivity { amount } }")
    await visitor.run()
    await until(lambda: visitor.server.feeds.listening["P0004"] == 1)
    assert await visitor.page.evaluate("Object.keys(localStorage)") == []


async def test_a_header_goes_before_who_was_chosen(visitor: Visitor) -> None:
    await visitor.who.select_option("person:P0004")
    await visitor.sign_in(visitor.server.person("P0001"))
    await expect(visitor.page.locator(HEADERS)).to_contain_text("Bearer")
    await visitor.paste(ME)
    assert (await visitor.answered())["data"]["viewer"]["person"] == {"name": "李建国"}
