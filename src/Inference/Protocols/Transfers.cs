namespace Blindsight.Inference.Protocols;

/// <summary>How many correlated transfers a protocol consumes in each direction: public, a function of its size.</summary>
/// <param name="FromServer">Those that the server sends.</param>
internal readonly record struct Transfers(long FromServer, long FromClient)
{
    public static Transfers operator +(Transfers a, Transfers b) => new(a.FromServer + b.FromServer, a.FromClient + b.FromClient);
}
