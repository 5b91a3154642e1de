namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// How planes of an input and kernels lie in polynomials. Element (i, j) of plane c of group g of a block is the coefficient of X^e,
/// e = s_g*GroupPitch + c*PlanePitch + (i - Rows.ElementMin)*RowPitch + (j - Columns.ElementMin); output (y, x) of channel m is at
/// 2*s_g*GroupPitch + m*PlanesPerBlock*PlanePitch + y*RowPitch + x; a weight lies at the difference, where X^-k = -X^(N-k).
/// </summary>
/// <remarks>
/// No foreign product meets an output: the exponents differ by D = a*GroupPitch + m*PlanesPerBlock*PlanePitch + c*PlanePitch + i*RowPitch + j
/// with differences of groups, channels, planes, rows and columns. RowPitch exceeds every |j|, PlanePitch every
/// |i*RowPitch + j|, and so on, so D = 0 only when all are 0; and |D| &lt; N, so D is no other multiple of N. Rows share their zero padding
/// with the next row, and planes with the next plane.
/// </remarks>
internal sealed record PackingLayout(
    PackingAxis RowAxis, PackingAxis ColumnAxis, AxisTiling Rows, AxisTiling Columns,
    int PlanesPerGroup, int PlanesPerBlock, int Groups, int GroupsPerBundle, int GroupPitch)
{
    public int RowPitch { get; } = 1 + Math.Max(Columns.Ahead, Columns.Behind);

    public int PlanePitch => PlanePitchOf(Rows, Columns);

    public int ChannelPitch => PlanesPerBlock * PlanePitch;

    /// <summary>Blocks whose products one output sums.</summary>
    public int BlocksPerBundle => (PlanesPerGroup + PlanesPerBlock - 1) / PlanesPerBlock;

    public int Bundles => (Groups + GroupsPerBundle - 1) / GroupsPerBundle;

    public int Tiles => Rows.Tiles * Columns.Tiles;

    /// <summary>Polynomials of the request, in the order tile, bundle, block.</summary>
    public int Blocks => Tiles * Bundles * BlocksPerBundle;

    public static int PlanePitchOf(AxisTiling rows, AxisTiling columns)
    {
        int rowPitch = 1 + Math.Max(columns.Ahead, columns.Behind);
        long pitch = 1 + Math.Max((long)rows.Ahead * rowPitch + columns.Ahead, (long)rows.Behind * rowPitch + columns.Behind);
        return (int)Math.Min(pitch, int.MaxValue);
    }

    /// <summary>Most output channels of a group in one polynomial.</summary>
    public int ChannelsMax => GroupPitch / ChannelPitch;

    /// <summary>Polynomials that the output channels of a group take, and channels of the fullest, evenly divided.</summary>
    public (int Polynomials, int Channels) Split(int channels)
    {
        int polynomials = (channels + ChannelsMax - 1) / ChannelsMax, each = (channels + polynomials - 1) / polynomials;
        return ((channels + each - 1) / each, each);
    }
}
