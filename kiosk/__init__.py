"""What an outlet does: verdict, basket, sale. The pure core; `kiosk.host` is the service around it."""

from .verdicts import Verdict as Verdict
from .verdicts import verdict as verdict
