"""GraphQL over the questions of the REST API: one query may ask several of them."""
