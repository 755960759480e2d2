"""What only German needs: where sentences end, how numbers and dates are written, how words sound."""
