"""The default policy adds nothing to what the article says (R21)."""

from domain.policies import ARTICLE, POLICIES


def test_the_article_sets_no_limits() -> None:
    """R21."""
    assert (ARTICLE.max_amount, ARTICLE.max_per_day, ARTICLE.closed_from, ARTICLE.closed_until) == (None,) * 4


def test_the_article_does_not_ask_the_payee_to_accept() -> None:
    """R21."""
    assert not ARTICLE.acceptance_required


def test_an_application_waits_thirty_minutes_for_verification() -> None:
    """R18."""
    assert ARTICLE.verification_minutes == 30


def test_policies_are_found_by_their_names() -> None:
    """R21: the API states the policy in force."""
    assert POLICIES["article"] is ARTICLE
    assert all(name == policy.name for name, policy in POLICIES.items())
