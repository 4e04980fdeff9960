"""The settings of production, without the proxy in front, and with an address that is empty."""

from pcgd.settings import *  # noqa: F403
from pcgd.settings import STATIC_ROOT

ROOT_URLCONF = "tests.bench.typing_urls"
SECURE_SSL_REDIRECT = False
# WhiteNoise warns of a folder that is not there.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
