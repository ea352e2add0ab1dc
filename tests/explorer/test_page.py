"""The explorer does what its visitors want, by asking nobody but the server it came from."""

from playwright.async_api import expect

from tests.api.subscribing import until
from tests.clients import Server
from tests.explorer.visiting import EDITOR, HEADERS, Visitor

ME = "{ viewer { person { name } } }"
PASTED = 'query Jinan {\n  region(code: "370100") {\n    fullName\n  }\n}'
TRANSFERS = "subscription { transferUpdated { amount status } }"


async def test_the_page_opens_in_peace(visitor: Visitor) -> None:
    await expect(visitor.page).to_have_title("医保钱包 · GraphiQL")
    await expect(visitor.page.locator(".graphiql-logo")).to_contain_text("医保钱包")
    await until(lambda: {"explorer", "editor", "graphql", "icon"} <= loaded(visitor))


def loaded(visitor: Visitor) -> set[str]:
    """Give the names of what the page has asked for so far, without what their content adds to them."""
    return {request.url.rpartition("/")[2].partition("-")[0] for request in visitor.requests}


async def test_a_query_that_is_pasted_and_run_is_answered(visitor: Visitor) -> None:
    await visitor.paste(PASTED)
    await visitor.run()
    await expect(visitor.answer).to_contain_text('"fullName": "山东省济南市"')
    assert visitor.posted() == [PASTED]


async def test_a_header_signs_in(visitor: Visitor) -> None:
    await visitor.sign_in(visitor.server.person("P0001"))
    await visitor.paste(ME)
    await visitor.run()
    await expect(visitor.answer).to_contain_text("李建国")


async def test_a_mutation_is_carried_out(visitor: Visitor) -> None:
    await visitor.sign_in(visitor.server.agency)
    opened = 'mutation { openRegion(input: {code: "210100", on: "2025-06-01"}) { region { walletOpen } } }'
    await visitor.paste(opened)
    await visitor.run()
    await expect(visitor.answer).to_contain_text('"walletOpen": true')


async def test_a_subscription_that_is_run_as_soon_as_it_is_typed_hears_of_a_transfer(visitor: Visitor) -> None:
    father = visitor.server.person("P0001")
    await visitor.sign_in(father)
    await visitor.type(TRANSFERS)
    await visitor.run()
    await until(lambda: visitor.server.feeds.listening["P0001"] == 1)
    await father.give("P0004", "CHILD", "120.50")
    await expect(visitor.answer).to_contain_text('"amount": "120.50"')
    await expect(visitor.answer).to_contain_text("COMPLETED")
    assert visitor.posted() == []


async def test_a_subscription_that_is_stopped_is_over(visitor: Visitor) -> None:
    await visitor.sign_in(visitor.server.person("P0001"))
    await visitor.type(TRANSFERS)
    await visitor.run()
    await until(lambda: visitor.server.feeds.listening["P0001"] == 1)
    await visitor.page.get_by_label("Stop query").click()
    await until(lambda: visitor.server.feeds.listening["P0001"] == 0)
    await until(lambda: all(socket.is_closed() for socket in visitor.sockets))


async def test_what_is_typed_after_another_operation_is_what_is_run(visitor: Visitor) -> None:
    await visitor.paste(PASTED)
    await visitor.run()
    await expect(visitor.answer).to_contain_text("山东省济南市")
    await visitor.paste('query Jilin { region(code: "220000") { fullName } }')
    await visitor.run()
    await expect(visitor.answer).to_contain_text("吉林省")


async def test_a_subscription_that_is_refused_says_why(visitor: Visitor) -> None:
    await visitor.type(TRANSFERS)
    await visitor.run()
    await expect(visitor.answer).to_contain_text("UNAUTHENTICATED")


async def test_a_token_that_is_none_is_refused_at_once(visitor: Visitor) -> None:
    await visitor.paste('{"Authorization": "Bearer x"}', HEADERS)
    await visitor.type(TRANSFERS)
    await visitor.run()
    await expect(visitor.answer).to_contain_text("WebSocket 4403")
    assert len(visitor.sockets) == 1


async def test_nothing_of_what_is_typed_is_in_the_address_or_outlives_the_tab(visitor: Visitor, server: Server) -> None:
    await visitor.sign_in(server.person("P0001"))
    await visitor.paste('{ person(personNo: "P0001") { name } } # 370102196603151238')
    await visitor.run()
    await expect(visitor.answer).to_contain_text("data")
    await visitor.page.wait_for_timeout(1_000)  # GraphiQL writes what it keeps half a second later
    assert visitor.page.url == f"{server.url}/graphql"
    assert await visitor.page.evaluate("Object.keys(localStorage)") == []
    assert await visitor.page.evaluate("document.cookie") == ""
    await visitor.page.reload()
    await visitor.ready()
    await expect(visitor.page.locator(HEADERS)).to_contain_text("Bearer")


async def test_the_documentation_the_history_and_the_builder_open(visitor: Visitor) -> None:
    await visitor.page.get_by_label("Show Documentation Explorer").click()
    await expect(visitor.page.locator(".graphiql-plugin")).to_contain_text("Mutation")
    await visitor.run()
    await visitor.page.get_by_label("Show History").click()
    await expect(visitor.page.locator(".graphiql-plugin")).to_contain_text("History")
    await visitor.page.get_by_label("Show GraphiQL Explorer").click()
    await visitor.page.locator(".graphiql-explorer-root").get_by_text("policy", exact=True).click()
    await expect(visitor.page.locator(EDITOR)).to_contain_text("policy")
