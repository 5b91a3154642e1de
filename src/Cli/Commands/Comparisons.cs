using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;

namespace Blindsight.Cli.Commands;

/// <summary>The protocol of comparison, as commands take it: one of the deployment's, its default, or the one that a link asks for.</summary>
internal static class Comparisons
{
    public const string Auto = "auto";

    public static Option<string?> Option()
    {
        string[] values = [.. ComparisonKinds.All.Union(ComparisonKinds.Of(DeploymentKinds.TwoServers)), Auto];
        Option<string?> option = new("--comparison")
        {
            Description = "The protocol that compares. client-server: ot (oblivious transfer, the default) or garbled (garbled circuits, what Delphi does; "
                + "exact). two-servers: tables (the default), fss (comparison functions: a round less, more computation), prefix (what Sonic does), sonic "
                + "(the same in Sonic's own ring), ot (the servers prepare everything themselves, without a dealer), or auto: tables or fss, whichever "
                + "answers sooner on the link.",
            HelpName = string.Join('|', values),
        };
        return option.AcceptOnlyFromAmong(values);
    }

    /// <summary>A named set of protocols in place of deployment and comparison.</summary>
    public static Option<string?> Profile() => new Option<string?>("--profile")
    {
        Description = "sonic: two servers at the costs of the paper of that name, whole in a ring of 32 bits; short for --deployment two-servers "
            + "--comparison sonic.",
        HelpName = ComparisonKinds.Sonic,
    }.AcceptOnlyFromAmong(ComparisonKinds.Sonic);

    /// <summary>Deployment and comparison as a command was asked for them.</summary>
    /// <exception cref="CommandException">The profile and the comparison contradict each other.</exception>
    public static (string Deployment, string? Comparison) Asked(string deployment, string? comparison, string? profile)
    {
        if (profile is null) return (deployment, comparison);
        return comparison is null || comparison == profile ? (DeploymentKinds.TwoServers, profile)
            : throw new CommandException($"--profile {profile} compares by {profile}, not by {comparison}.");
    }

    public static Option<string> Deployment() => CommonOptions.Choice("--deployment",
        "How the parties are laid out: client and server, or two servers that hold shares of model and input, with a dealer unless they compare by ot.",
        DeploymentKinds.All);

    /// <summary>The comparison to compile with: what was asked for, or the deployment's default.</summary>
    /// <exception cref="CommandException">The deployment has no such comparison.</exception>
    public static string ToCompile(string deployment, string? comparison)
    {
        bool chooses = deployment == DeploymentKinds.TwoServers;
        string[] kinds = ComparisonKinds.Of(deployment);
        if (comparison is null || comparison == Auto && chooses) return kinds[0];
        return kinds.Contains(comparison) ? comparison : throw new CommandException(
            $"--comparison {comparison} is not for --deployment {deployment}, which compares by {string.Join(" or ", kinds)}{(chooses ? " or auto" : "")}.");
    }

    /// <summary>A compiled plan with the comparison that the link asks for, where that was asked for.</summary>
    /// <param name="link">The link's name.</param>
    public static InferencePlan Chosen(InferencePlan plan, string? comparison, string link) =>
        comparison == Auto ? plan with { Comparison = Soonest(plan, LinkSpeeds.Named(link)) } : plan;

    /// <summary>
    /// The way of comparing that is predicted to answer a query soonest. Comparison functions take a round less a comparison and more computation, so that
    /// links with a delay choose them.
    /// </summary>
    private static string Soonest(InferencePlan plan, LinkSpeed link)
    {
        CostModel model = new(CostFiles.Read(null));
        return ((string[])[ComparisonKinds.Tables, ComparisonKinds.Functions]).MinBy(
            kind => model.Predict(plan with { Comparison = kind }, link).Online.Seconds)!;
    }

    /// <summary>A model under a plan: read from a file, which then decides, or compiled.</summary>
    /// <param name="options">Its comparison is set here.</param>
    /// <param name="comparison">As the option; null is the deployment's default, and whatever a plan says.</param>
    /// <param name="link">The name of the link that 'auto' chooses for.</param>
    /// <exception cref="CommandException">The plan says something else, or the deployment has no such comparison.</exception>
    public static QuantizedModel Quantized(Graph graph, string? plan, string? calibration, CompileOptions options, string? comparison, string link,
        IProgress<CompileProgress>? progress)
    {
        string deployment = options.Deployment;
        QuantizedModel model = ModelFiles.Quantized(
            graph, plan, calibration, options with { Comparison = ToCompile(deployment, comparison) }, progress);
        if (model.Plan.Deployment != deployment)
            throw new CommandException(
                $"The plan is for {model.Plan.Deployment}, not {deployment}: compile one with 'blindsight compile --deployment {deployment}'.");
        if (plan is null) return model with { Plan = Chosen(model.Plan, comparison, link) };
        return comparison is null or Auto || model.Plan.Comparison == comparison
            ? model : throw new CommandException($"The plan compares by {model.Plan.Comparison}, not by {comparison}.");
    }
}
