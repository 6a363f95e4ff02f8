"""Schemathesis over the staff's OpenAPI document: no request of any shape gets an answer that it does not describe."""

import schemathesis
