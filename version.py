"""Which version of Profile this is. docs/upgrading.md says what a version promises."""

VERSION = "1.0.0"
