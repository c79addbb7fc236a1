"""Rate limits are counted in the shared cache; every test starts with none used up."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def no_attempts_so_far():
    """Removes the limits' keys only: the broker may live in the same Redis."""
    yield
    client = cache._cache.get_client(write=True)
    for key in client.scan_iter(f"{cache.key_prefix}:*allauth:rl:*"):
        client.delete(key)
