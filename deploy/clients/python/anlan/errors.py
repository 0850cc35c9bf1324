# SPDX-License-Identifier: Apache-2.0
"""How calls end that do not end well."""


class Error(Exception):
    """A service's answer: code and reason by their names, text for developers, seconds after which to come again."""

    def __init__(self, code, reason, text, retry_after=0.0):
        super().__init__(f"{reason}: {text}")
        self.code, self.reason, self.text, self.retry_after = code, reason, text, retry_after


class Lost(Exception):
    """An item or a page of a stream was lost or altered on the way. Nothing of that page was given."""
