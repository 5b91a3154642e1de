namespace Blindsight.Compiler.Onnx;

/// <summary>
/// What one import may use, so that a small file cannot cost much: constants made on the way hold at most 16 elements a
/// byte of the file or 2^22 elements, and evaluating them takes at most 64 steps a byte or 2^26 steps, whichever is larger.
/// </summary>
internal sealed class ImportBudget(long fileBytes)
{
    public const int RankMax = 8;

    /// <summary>Elements of one value: 2^27, half a gibibyte.</summary>
    public const int ElementsMax = 1 << 27;

    private readonly long _elementsMax = Math.Max(1L << 22, 16 * fileBytes);
    private readonly long _stepsMax = Math.Max(1L << 26, 64 * fileBytes);
    private long _elements, _steps;

    /// <summary>Number of elements of a value, checked; products of only some of the dimensions are within the limit too.</summary>
    /// <exception cref="GraphException">A negative dimension, too many of them, or too many elements.</exception>
    public static int Elements(OnnxNode node, ReadOnlySpan<int> shape)
    {
        if (shape.Length > RankMax) throw node.Refuse($"a value has {shape.Length} dimensions, at most {RankMax} are supported");
        long elements = 1;
        foreach (int dimension in shape)
        {
            if (dimension < 0) throw node.Refuse($"a value has a dimension of {dimension}");
            elements *= Math.Max(dimension, 1);
            if (elements > ElementsMax) throw node.Refuse($"a value has more than {ElementsMax} elements, the most that is supported");
        }
        return shape.Contains(0) ? 0 : (int)elements;
    }

    /// <summary>Accounts for a constant about to be made.</summary>
    public void SpendElements(OnnxNode node, int elements)
    {
        if ((_elements += elements) > _elementsMax)
            throw node.Refuse($"constants grow beyond {_elementsMax} elements, the limit for a file of this size");
    }

    /// <summary>Whether there is room to evaluate a node of that many multiplications; takes it where there is.</summary>
    public bool TrySpendSteps(long steps)
    {
        if (steps > _stepsMax - _steps) return false;
        _steps += steps;
        return true;
    }
}
