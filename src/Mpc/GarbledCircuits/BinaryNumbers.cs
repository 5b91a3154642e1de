namespace Blindsight.Mpc.GarbledCircuits;

/// <summary>
/// Circuits on numbers of l bits in two's complement, lowest bit first. Costs are in AND gates and for inputs that are not constant.
/// </summary>
public static class BinaryNumbers
{
    /// <summary>a + b modulo 2^l: l - 1 ANDs.</summary>
    public static Wire[] Add(CircuitBuilder circuit, ReadOnlySpan<Wire> a, ReadOnlySpan<Wire> b) => Sum(circuit, a, b, Wire.Zero);

    /// <summary>a - b modulo 2^l: l - 1 ANDs.</summary>
    public static Wire[] Subtract(CircuitBuilder circuit, ReadOnlySpan<Wire> a, ReadOnlySpan<Wire> b) => Sum(circuit, a, Inverse(b), Wire.One);

    /// <summary>[a &lt; b], provided that the difference fits l bits: l - 1 ANDs.</summary>
    public static Wire Less(CircuitBuilder circuit, ReadOnlySpan<Wire> a, ReadOnlySpan<Wire> b) => Subtract(circuit, a, b)[^1];

    /// <summary>bit * a: l ANDs.</summary>
    public static Wire[] Mask(CircuitBuilder circuit, Wire bit, ReadOnlySpan<Wire> a)
    {
        Wire[] masked = new Wire[a.Length];
        for (int i = 0; i < masked.Length; i++) masked[i] = circuit.And(bit, a[i]);
        return masked;
    }

    /// <summary>a where the bit is set, else b: l ANDs.</summary>
    public static Wire[] Select(CircuitBuilder circuit, Wire bit, ReadOnlySpan<Wire> a, ReadOnlySpan<Wire> b)
    {
        Wire[] selected = new Wire[a.Length];
        for (int i = 0; i < selected.Length; i++) selected[i] = circuit.Xor(b[i], circuit.And(bit, circuit.Xor(a[i], b[i])));
        return selected;
    }

    /// <summary>The number's low bits as constants.</summary>
    public static Wire[] Constant(long number, int bits) => [.. Enumerable.Range(0, bits).Select(bit => Wire.Constant((number >> bit & 1) != 0))];

    private static Wire[] Inverse(ReadOnlySpan<Wire> a)
    {
        Wire[] inverse = new Wire[a.Length];
        for (int i = 0; i < inverse.Length; i++) inverse[i] = !a[i];
        return inverse;
    }

    /// <summary>A ripple of carries: c' = c xor (a xor c)(b xor c), one AND each.</summary>
    private static Wire[] Sum(CircuitBuilder circuit, ReadOnlySpan<Wire> a, ReadOnlySpan<Wire> b, Wire carry)
    {
        if (a.Length != b.Length) throw new ArgumentException("Both numbers have the same width.");
        Wire[] sum = new Wire[a.Length];
        for (int i = 0; i < sum.Length; i++)
        {
            Wire withCarry = circuit.Xor(a[i], carry);
            sum[i] = circuit.Xor(withCarry, b[i]);
            if (i + 1 < sum.Length) carry = circuit.Xor(carry, circuit.And(withCarry, circuit.Xor(b[i], carry)));
        }
        return sum;
    }
}
