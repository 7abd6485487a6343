"""`brinkwatch model info`: what is known of the configured classifier."""
