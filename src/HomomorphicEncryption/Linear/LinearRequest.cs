using System.Collections.Immutable;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// One encryption of a tensor, in a packing that all its consumers share. Public; a function of the parameters and the
/// geometries. Made by <see cref="LinearPacking.Choose"/>.
/// </summary>
public sealed class LinearRequest
{
    internal LinearRequest(RlweParameters parameters, PackingLayout layout, int index, ReadOnlySpan<LinearConsumer> consumers)
    {
        (Parameters, Layout, Index) = (parameters, layout, index);
        ConvolutionGeometry any = consumers[0].Geometry;
        (InChannels, InHeight, InWidth) = (any.InChannels, any.InHeight, any.InWidth);
        DroppedBits = CiphertextWidths.DroppedBits(parameters, layout, consumers);
    }

    public RlweParameters Parameters { get; }

    /// <summary>Which of the requests for one tensor this is.</summary>
    public int Index { get; }

    public int InChannels { get; }
    public int InHeight { get; }
    public int InWidth { get; }

    /// <summary>Elements of the tensor, channel, row, column.</summary>
    public int InElements => InChannels * InHeight * InWidth;

    /// <summary>The linear maps that are evaluated on this request.</summary>
    public ImmutableArray<LinearPacking> Packings { get; internal set; } = [];

    /// <summary>Ciphertexts of the request.</summary>
    public int Blocks => Layout.Blocks;

    /// <summary>Length of the client's message.</summary>
    public int RequestBytes => checked(Blocks * BlockBytes(Parameters, DroppedBits));

    /// <summary>Low bits of each coefficient that do not travel.</summary>
    public int DroppedBits { get; }

    internal PackingLayout Layout { get; }

    /// <summary>Bytes of one ciphertext, of which only b travels.</summary>
    internal static int BlockBytes(RlweParameters parameters, int droppedBits) =>
        BitPacking.PackedBytes(parameters.Degree, CiphertextWidths.ResidueBits - droppedBits);

    /// <summary>result[e] = r at the coefficients of a block, 0 elsewhere.</summary>
    internal void Gather(int block, ReadOnlySpan<uint> r, Span<uint> result)
    {
        result.Clear();
        PackingLayout at = Layout;
        int tile = block / (at.BlocksPerBundle * at.Bundles), bundle = block / at.BlocksPerBundle % at.Bundles;
        int firstPlane = block % at.BlocksPerBundle * at.PlanesPerBlock;
        int originRow = tile / at.Columns.Tiles * at.Rows.Outputs, originColumn = tile % at.Columns.Tiles * at.Columns.Outputs;
        int rows = Math.Min(at.Rows.Outputs, at.RowAxis.Outputs - originRow);
        int columns = Math.Min(at.Columns.Outputs, at.ColumnAxis.Outputs - originColumn);
        int planes = at.RowAxis.Planes * at.ColumnAxis.Planes, groupChannels = InChannels / at.Groups;
        for (int g = 0, group = bundle * at.GroupsPerBundle; g < at.GroupsPerBundle && group < at.Groups; g++, group++)
            for (int c = 0, plane = firstPlane; c < at.PlanesPerBlock && plane < at.PlanesPerGroup; c++, plane++)
            {
                int channel = group * groupChannels + plane / planes;
                int rowPlane = plane % planes / at.ColumnAxis.Planes, columnPlane = plane % at.ColumnAxis.Planes;
                (int rowFrom, int rowTo) = at.RowAxis.Elements(rowPlane, originRow, rows);
                (int columnFrom, int columnTo) = at.ColumnAxis.Elements(columnPlane, originColumn, columns);
                int stride = at.ColumnAxis.Position(0, 1) - at.ColumnAxis.Position(0, 0);
                for (int i = rowFrom; i < rowTo; i++)
                {
                    int from = (channel * InHeight + at.RowAxis.Position(rowPlane, i)) * InWidth
                        + at.ColumnAxis.Position(columnPlane, columnFrom);
                    int to = GroupPositions.Of(g) * at.GroupPitch + c * at.PlanePitch
                        + (i - originRow - at.Rows.ElementMin) * at.RowPitch + columnFrom - originColumn - at.Columns.ElementMin;
                    for (int j = columnFrom; j < columnTo; j++, from += stride, to++) result[to] = r[from];
                }
            }
    }
}
