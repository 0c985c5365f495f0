"""What a user touches: tracing plain numpy, transforms, compilation."""
