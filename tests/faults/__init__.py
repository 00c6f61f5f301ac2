"""What happens when things break: `bin/faults` breaks them many times over, `bin/test --everything` once each."""
