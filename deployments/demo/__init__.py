"""The demonstration: a small invented bank's history with known truth, played through the flow day by day."""
