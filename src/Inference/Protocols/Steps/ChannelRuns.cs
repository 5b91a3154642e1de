namespace Blindsight.Inference.Protocols.Steps;

/// <summary>Some channels of a batch as one vector: row after row, channel after channel.</summary>
internal sealed class ChannelRuns
{
    private readonly int[] _channels;
    private readonly int _allChannels, _rows;

    /// <param name="channels">Channels of a row.</param>
    /// <param name="positions">Elements of a channel.</param>
    public ChannelRuns(int channels, int rows, int positions, Func<int, bool> chosen)
    {
        (_allChannels, _rows, Positions) = (channels, rows, positions);
        _channels = [.. Enumerable.Range(0, channels).Where(chosen)];
    }

    /// <summary>Elements of a channel.</summary>
    public int Positions { get; }

    /// <summary>Elements of the vector.</summary>
    public int Elements => checked(_rows * _channels.Length * Positions);

    /// <summary>The channel to which an element of the vector belongs.</summary>
    public int ChannelAt(int element) => _channels[element / Positions % _channels.Length];

    /// <summary>The chosen channels of a batch; nothing of nothing.</summary>
    public uint[] Gather(ReadOnlySpan<uint> batch)
    {
        if (batch.IsEmpty) return [];
        uint[] vector = new uint[Elements];
        for (int at = 0; at < vector.Length; at += Positions) batch.Slice(Start(at), Positions).CopyTo(vector.AsSpan(at));
        return vector;
    }

    /// <summary>The inverse: other channels of the batch keep what they have.</summary>
    public void Scatter(ReadOnlySpan<uint> vector, Span<uint> batch)
    {
        for (int at = 0; at < vector.Length; at += Positions) vector.Slice(at, Positions).CopyTo(batch.Slice(Start(at), Positions));
    }

    private int Start(int element) => (element / (_channels.Length * Positions) * _allChannels + ChannelAt(element)) * Positions;
}
