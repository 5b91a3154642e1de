namespace Blindsight.Compiler.Plans;

/// <summary>The protocols by which a plan may compare.</summary>
public static class ComparisonKinds
{
    /// <summary>Oblivious transfer.</summary>
    public const string Transfers = "ot";

    /// <summary>Garbled circuits, made offline by the server and evaluated by the client. Exact.</summary>
    public const string Garbled = "garbled";

    /// <summary>
    /// Most numbers that one garbled circuit compares: elements of a pooling window, candidates of an argmax.
    /// </summary>
    public const int GarbledNumbersMax = 4096;

    /// <summary>All of them, the default first.</summary>
    public static string[] All => [Transfers, Garbled];
}
