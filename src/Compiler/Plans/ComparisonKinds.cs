namespace Blindsight.Compiler.Plans;

/// <summary>The protocols by which a plan may compare.</summary>
public static class ComparisonKinds
{
    /// <summary>Oblivious transfer; two servers need no dealer then.</summary>
    public const string Transfers = "ot";

    /// <summary>Garbled circuits, made offline by the server and evaluated by the client. Exact.</summary>
    public const string Garbled = "garbled";

    /// <summary>
    /// Most numbers that one garbled circuit compares: elements of a pooling window, candidates of an argmax.
    /// </summary>
    public const int GarbledNumbersMax = 4096;

    /// <summary>Between two servers: a dealer's tables of digits.</summary>
    public const string Tables = "tables";

    /// <summary>Between two servers: a dealer's distributed comparison functions.</summary>
    public const string Functions = "fss";

    /// <summary>Between two servers: a parallel prefix adder, as in Sonic, to compare with. Exact.</summary>
    public const string Prefix = "prefix";

    /// <summary>
    /// Between two servers: a reference profile with Sonic's own costs, the prefix adder on whole accumulators in a ring of 32 bits. Exact.
    /// </summary>
    public const string Sonic = "sonic";

    /// <summary>Whether comparisons leave out no bit, whatever else is asked for.</summary>
    public static bool IsExact(string comparison) => comparison is Garbled or Sonic;

    /// <summary>Those of client and server, the default first.</summary>
    public static string[] All => Of(DeploymentKinds.ClientServer);

    /// <summary>Those of a deployment, the default first; none of an unknown one.</summary>
    public static string[] Of(string? deployment) => deployment switch
    {
        DeploymentKinds.ClientServer => [Transfers, Garbled], DeploymentKinds.TwoServers => [Tables, Functions, Prefix, Sonic, Transfers], _ => [],
    };
}
