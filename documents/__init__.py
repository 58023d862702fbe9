"""What the product can produce: vocabulary, facts, catalogue, plan, and how a document is rendered."""
