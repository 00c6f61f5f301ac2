"""Connections: what one member lets one app do in one account, and the policy that bounds them."""
