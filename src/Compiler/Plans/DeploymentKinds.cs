namespace Blindsight.Compiler.Plans;

/// <summary>How the parties of a plan may be laid out.</summary>
public static class DeploymentKinds
{
    /// <summary>A client with an input and a server with a model.</summary>
    public const string ClientServer = "client-server";

    /// <summary>Two servers that hold shares of model and input.</summary>
    public const string TwoServers = "two-servers";

    /// <summary>All of them, the default first.</summary>
    public static string[] All => [ClientServer, TwoServers];
}
