namespace Blindsight.Arithmetic.Ntt;

public sealed unsafe partial class NegacyclicNtt
{
    /// <summary>sum := sum + x*y element by element, reduced; all inputs reduced. The sum overlaps no input.</summary>
    public void MultiplyAdd(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> sum)
    {
        CheckSize(x.Length);
        CheckSize(y.Length);
        CheckSize(sum.Length);
        fixed (double* a = x, b = y, c = sum)
            switch (_path)
            {
                case InstructionSet.Vector512: ElementKernel<Lane8>.MultiplyAdd(a, b, c, Size, _p); break;
                case InstructionSet.Vector256: ElementKernel<Lane4>.MultiplyAdd(a, b, c, Size, _p); break;
                default: ElementKernel<Lane1>.MultiplyAdd(a, b, c, Size, _p); break;
            }
    }

    /// <summary>
    /// first = sum of w_t * x_t and second = sum of w_t * y_t, element by element over consecutive polynomials, reduced as are
    /// all inputs: both halves of ciphertexts times the same plain polynomials. No overlap of outputs with inputs.
    /// </summary>
    public void InnerProducts(
        ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> w, Span<double> first, Span<double> second)
    {
        CheckSize(first.Length);
        CheckSize(second.Length);
        if (x.Length % Size != 0 || y.Length != x.Length || w.Length != x.Length)
            throw new ArgumentException("As many whole polynomials of each factor are needed.");
        int terms = x.Length / Size;
        fixed (double* a = x, b = y, c = w, f = first, s = second)
            switch (_path)
            {
                case InstructionSet.Vector512: ElementKernel<Lane8>.InnerProducts(a, b, c, terms, f, s, Size, _p); break;
                case InstructionSet.Vector256: ElementKernel<Lane4>.InnerProducts(a, b, c, terms, f, s, Size, _p); break;
                default: ElementKernel<Lane1>.InnerProducts(a, b, c, terms, f, s, Size, _p); break;
            }
    }

    /// <summary>
    /// Writes the representatives in [0, p) of values of absolute value below p.
    /// </summary>
    public void ToCanonical(ReadOnlySpan<double> values, Span<ulong> residues)
    {
        if (residues.Length != values.Length) throw new ArgumentException("One residue for each value.", nameof(residues));
        long p = (long)Modulus.Value;
        for (int i = 0; i < values.Length; i++)
        {
            long value = (long)values[i];
            residues[i] = (ulong)(value + ((value >> 63) & p));
        }
    }

    /// <summary>Reads residues in [0, p) as values of absolute value at most p/2.</summary>
    public void FromCanonical(ReadOnlySpan<ulong> residues, Span<double> values)
    {
        if (residues.Length != values.Length) throw new ArgumentException("One residue for each value.", nameof(residues));
        long p = (long)Modulus.Value, half = p / 2;
        for (int i = 0; i < values.Length; i++)
        {
            long residue = (long)residues[i];
            values[i] = residue - (((half - residue) >> 63) & p);
        }
    }
}
