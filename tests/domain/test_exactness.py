"""What a text must be to name one version for good."""

from __future__ import annotations

import pytest

from registry.domain.exactness import find_inexact

DIGEST = "sha256:" + "0123456789abcdef" * 4


def test_nothing_is_not_exact() -> None:
    assert find_inexact("") == find_inexact("  ") == "nothing"


@pytest.mark.parametrize(
    "version", ["7", "2.4.0", "v1.4.2-rc1", "2026-03", "4f2a9c1", "main-4f2a9c1", "1.4.0+build5", "r12", DIGEST, "0f" * 32]
)
def test_versions_and_whole_digests_are_exact(version: str) -> None:
    assert find_inexact(version) == ""


@pytest.mark.parametrize(
    "version", ["latest", "LATEST", "v2-latest", "latest_2", "main", "Master", "HEAD", "prod", "production", "champion", "current"]
)
def test_names_that_move_are_not_exact(version: str) -> None:
    assert find_inexact(version).endswith("which moves")


def test_an_alias_is_not_exact_even_with_a_figure() -> None:
    assert find_inexact("live2") == ""
    assert find_inexact("live2", ["live2"]).endswith("which moves")


@pytest.mark.parametrize("version", [">=2", "^1.2", "~1.2", "1.*", "2.x", "x", "1.2.x", "1..2", "card_filter@2", "==3", "1.4+", "HEAD~1"])
def test_ranges_and_references_are_not_exact(version: str) -> None:
    assert find_inexact(version).endswith("which stands for several versions")


@pytest.mark.parametrize(
    "version",
    [
        "sha256:",
        "sha256:abc",
        DIGEST[:-1],
        f"{DIGEST}0",
        DIGEST.upper(),
        "SHA256:abc",
        "md5:900150983cd24fb0",
        "sha1:a9993e36",
    ],
)
def test_a_digest_is_a_whole_sha256_or_none(version: str) -> None:
    assert find_inexact(version).endswith("which is no complete sha256 digest")


@pytest.mark.parametrize(("version", "why"), [("next week 3", "which is not one word"), ("cards", "a name without a figure")])
def test_other_texts_are_told_apart(version: str, why: str) -> None:
    assert find_inexact(version).endswith(why)
