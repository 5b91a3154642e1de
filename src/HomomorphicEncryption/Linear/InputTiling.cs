using Blindsight.Arithmetic.Tensors;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// How an input tensor is cut into the polynomials of a request. A stride (sh, sw) splits each channel into sh*sw
/// phases, the rows y with y = a modulo sh and columns x with x = b modulo sw of the padded image, on which the convolution has stride one;
/// phases that no weight meets are left out. A polynomial holds the same window, with the halo that its outputs need, of
/// <see cref="PolynomialPlanes"/> consecutive planes (a plane is a phase of a channel).
/// </summary>
internal sealed record InputTiling
{
    public required int InChannels { get; init; }
    public required int InHeight { get; init; }
    public required int InWidth { get; init; }
    public required int StrideHeight { get; init; }
    public required int StrideWidth { get; init; }

    /// <summary>Zeros above the image, in rows of the input.</summary>
    public required int PadTop { get; init; }

    /// <summary>Zeros left of the image, in columns of the input.</summary>
    public required int PadLeft { get; init; }

    /// <summary>Rows of a plane that one output sees.</summary>
    public required int WindowHeight { get; init; }

    /// <summary>Columns of a plane that one output sees.</summary>
    public required int WindowWidth { get; init; }

    /// <summary>Phases in use, a * StrideWidth + b, ascending.</summary>
    public required IReadOnlyList<int> Phases { get; init; }

    /// <summary>Rows of outputs that a polynomial serves.</summary>
    public required int TileHeight { get; init; }

    /// <summary>Columns of outputs that a polynomial serves.</summary>
    public required int TileWidth { get; init; }

    public required int TilesDown { get; init; }
    public required int TilesAcross { get; init; }

    /// <summary>Planes that share a polynomial.</summary>
    public required int PolynomialPlanes { get; init; }

    public int BlockHeight => TileHeight + WindowHeight - 1;
    public int BlockWidth => TileWidth + WindowWidth - 1;
    public int BlockElements => BlockHeight * BlockWidth;
    public int Planes => InChannels * Phases.Count;
    public int PlaneGroups => (Planes + PolynomialPlanes - 1) / PolynomialPlanes;
    public int Tiles => TilesDown * TilesAcross;

    /// <summary>Polynomials of a request, in the order tile, then group of planes.</summary>
    public int Polynomials => Tiles * PlaneGroups;

    /// <summary>Writes the input elements of one polynomial to its coefficients; the others become zero.</summary>
    /// <param name="input">InChannels x InHeight x InWidth.</param>
    /// <param name="coefficients">N elements.</param>
    public void Gather(int polynomial, ReadOnlySpan<uint> input, Span<uint> coefficients)
    {
        coefficients.Clear();
        int tile = polynomial / PlaneGroups, firstPlane = polynomial % PlaneGroups * PolynomialPlanes;
        int top = tile / TilesAcross * TileHeight, left = tile % TilesAcross * TileWidth;
        for (int plane = firstPlane; plane < Math.Min(firstPlane + PolynomialPlanes, Planes); plane++)
        {
            int channel = plane / Phases.Count, phase = Phases[plane % Phases.Count];
            int phaseRow = phase / StrideWidth - PadTop, phaseColumn = phase % StrideWidth - PadLeft;
            ReadOnlySpan<uint> image = input.Slice(channel * InHeight * InWidth, InHeight * InWidth);
            Span<uint> block = coefficients.Slice((plane - firstPlane) * BlockElements, BlockElements);
            for (int i = 0; i < BlockHeight; i++)
            {
                int row = (top + i) * StrideHeight + phaseRow;
                if ((uint)row >= (uint)InHeight) continue;
                for (int j = 0; j < BlockWidth; j++)
                {
                    int column = (left + j) * StrideWidth + phaseColumn;
                    if ((uint)column < (uint)InWidth) block[i * BlockWidth + j] = image[row * InWidth + column];
                }
            }
        }
    }
}
