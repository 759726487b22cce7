"""What other programs call: MLflow's webhooks."""
