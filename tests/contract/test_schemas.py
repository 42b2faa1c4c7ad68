"""The checked-in schemas are what the models say, and real events fit them."""

from pathlib import Path

import pytest

from services.contract.schema import EVENTS, schema, schema_files

FOLDER = Path(__file__).parents[2] / "services" / "contract" / "schemas"


def test_the_files_are_what_the_models_say() -> None:
    """`claimwire topics list --schemas services/contract/schemas` writes them anew."""
    assert {file.name: file.read_bytes() for file in FOLDER.glob("*.json")} == schema_files()


@pytest.mark.parametrize("name", EVENTS)
def test_every_schema_names_itself(name: str) -> None:
    """The `$id` is what `ce_dataschema` says."""
    assert schema(name)["$id"] == f"urn:claimwire:schema:{name}"
    assert schema(name)["$schema"].endswith("2020-12/schema")
