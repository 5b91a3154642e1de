using Blindsight.Arithmetic.Randomness;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;

namespace Blindsight.Inference.Deployments.TwoServers.Joint;

/// <summary>One server's correlations of one query from a <see cref="JointPreparation"/>, which must outlive it.</summary>
internal sealed class JointSource : ICorrelationSource
{
    private readonly Party _party;
    private readonly Dictionary<int, uint[]> _masks, _products;
    private readonly Prg _stream;
    private readonly byte[] _name = new byte[32];

    public JointSource(ulong number, ReadOnlySpan<byte> common, Party party, LinearShares linear)
    {
        (_party, _masks, _products) = (party, new(linear.Masks), new(linear.Products));
        _stream = Prg.Derive(common, "common stream", number);
        using Prg name = Prg.Derive(common, "name", number);
        name.Fill(_name);
    }

    public ReadOnlySpan<byte> Name => _name;

    public void FillCommon(Span<uint> words) => _stream.Fill(words);

    public Correlation<uint[]> Take(MaskShape shape) => new(TakeOnce(_masks, shape.Tensor));

    public Correlation<uint[]> Take(ProductShape shape) => new(TakeOnce(_products, shape.Step));

    /// <summary>Both servers make it now.</summary>
    public Correlation<TransferMaterial> Take(TransferShape shape) => new(new TransferMaterial(_party, shape.Protocol.Prepare(_party, new Shares())));

    public Correlation<WideningShares> Take(WideningShape shape) => throw Dealt(shape);

    public Correlation<SelectionShares> Take(SelectionShape shape) => throw Dealt(shape);

    /// <summary>Clears what was not taken.</summary>
    public void Dispose()
    {
        foreach (uint[] share in _masks.Values.Concat(_products.Values)) MaskedNumbers.Clear(share);
        _stream.Dispose();
    }

    private static uint[] TakeOnce(Dictionary<int, uint[]> shares, int index) =>
        shares.Remove(index, out uint[]? share) ? share : throw new InvalidOperationException("A correlation is used once.");

    private static ArgumentException Dealt(CorrelationShape shape) => new($"{shape.GetType().Name} needs somebody who knows both servers' masks.");
}
