using System.Buffers.Binary;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Mpc.Channels;

namespace Blindsight.Hosting.Server.Links;

/// <summary>
/// All that one server tells the other of what it holds, anew each time: the dealing, whether it has opened its weights under it, the numbers in its pool,
/// and the queries of which it has a share and that wait.
/// </summary>
internal sealed record PeerNotice(byte[] Dealing, bool Opened, ulong[] Numbers, IReadOnlySet<QueryId> Queries)
{
    /// <summary>Most that is told; the lowest numbers, the oldest queries.</summary>
    public const int NumbersMax = 256, QueriesMax = 4096;

    private const int IdBytes = Hosting.Dealing.Dealing.IdBytes, NumbersAt = IdBytes + 3;
    private const int BytesMax = NumbersAt + sizeof(ulong) * NumbersMax + QueryId.Bytes * QueriesMax;

    public static PeerNotice Of(Hosting.Dealing.Dealing? dealing, bool opened, ulong[] numbers, QueryId[] queries) => new(
        dealing?.Id ?? new byte[IdBytes], opened, numbers[..Math.Min(numbers.Length, NumbersMax)], queries.Take(QueriesMax).ToHashSet());

    public void Send(IChannel peer)
    {
        byte[] message = new byte[NumbersAt + sizeof(ulong) * Numbers.Length + QueryId.Bytes * Queries.Count];
        Dealing.CopyTo(message, 0);
        message[IdBytes] = Opened ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(IdBytes + 1), (ushort)Numbers.Length);
        int at = NumbersAt;
        foreach (ulong number in Numbers)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(at), number);
            at += sizeof(ulong);
        }
        foreach (QueryId query in Queries)
        {
            query.Write(message.AsSpan(at));
            at += QueryId.Bytes;
        }
        peer.Send(TwoServersTag.PeerNotice, message);
    }

    /// <exception cref="ProtocolException">Its parts do not add up to its length.</exception>
    public static PeerNotice Receive(IChannel peer)
    {
        byte[] message = peer.ReceiveUpTo(TwoServersTag.PeerNotice, BytesMax);
        int numbers = message.Length < NumbersAt ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(IdBytes + 1));
        int rest = numbers > NumbersMax ? -1 : message.Length - NumbersAt - sizeof(ulong) * numbers;
        if (rest < 0 || rest % QueryId.Bytes != 0 || message[IdBytes] > 1)
            throw new ProtocolException(PeerFault.MalformedMessage, "the other server's notice", "its parts do not add up to its length");
        ulong[] pool = new ulong[numbers];
        for (int i = 0; i < numbers; i++) pool[i] = BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(NumbersAt + sizeof(ulong) * i));
        HashSet<QueryId> queries = [];
        for (int at = message.Length - rest; at < message.Length; at += QueryId.Bytes) queries.Add(QueryId.Read(message.AsSpan(at)));
        return new(message[..IdBytes], message[IdBytes] == 1, pool, queries);
    }
}
