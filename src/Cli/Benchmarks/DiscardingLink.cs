using Blindsight.Mpc.Channels;

namespace Blindsight.Cli.Benchmarks;

/// <summary>A link on which everything written is lost and nothing ever arrives.</summary>
internal sealed class DiscardingLink : IByteLink
{
    public int TryWrite(ReadOnlySpan<byte> bytes) => bytes.Length;

    public void Write(ReadOnlySpan<byte> bytes, int timeoutMs) { }

    public int Read(Span<byte> destination, int timeoutMs) => 0;

    public void Abort() { }

    public void Dispose() { }
}
