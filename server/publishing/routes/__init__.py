"""Routes of the stages, the audience and the owners of a redesign."""
