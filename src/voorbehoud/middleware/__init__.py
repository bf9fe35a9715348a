"""The reservation sent by an application itself: for ASGI, WSGI and Django, over one core that knows none of them.

Django's stands apart in `voorbehoud.middleware.django`, which needs Django.
"""

from .asgi import Asgi
from .reservation import Reservation
from .wsgi import Wsgi

__all__ = ["Asgi", "Reservation", "Wsgi"]
