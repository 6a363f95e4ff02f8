"""What a shopper's phone opens: a stamp, a product, a receipt; and what programs ask about GS1 Digital Links."""

from .goods import older as older
from .goods import setup as setup
