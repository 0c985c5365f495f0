"""Moving pictures of how workers share gradients."""
