"""Loads the language resources when it is imported. Only the pool's forkserver imports it.

The forkserver loads once, and every process of the pool starts as a copy of it: at once, and sharing the memory.
"""

import gc
import sys

from services.enrich.resources import Resources
from services.enrich.settings import EnrichSettings
from services.enrich.taggers import TaggerError

try:
    RESOURCES = Resources.load(tagger=EnrichSettings().tagger)
except TaggerError as error:
    sys.exit(f"claimwire: {error}")
# Without this the first collection in each child would touch, and so copy, every object.
gc.collect()
gc.freeze()
