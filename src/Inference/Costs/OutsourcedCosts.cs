using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;
using Blindsight.Inference.Deployments.TwoServers.Steps;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Sessions;

namespace Blindsight.Inference.Costs;

/// <summary>
/// What a query takes two servers and their dealer, played through like a session: the servers' steps state bytes and rounds, and from the correlations
/// that a step takes follows what it computes. Both servers do the same; the second stands for both.
/// </summary>
internal static class OutsourcedCosts
{
    private const int AgreementBytes = 32;

    /// <summary>Predicts a query.</summary>
    /// <returns>
    /// For one query. Bytes are payload. Offline: the dealer's seconds, and a server's after it; sent is what goes to the first server, received what goes to
    /// the second; the set-up is what no step takes, the servers' agreement among it. Online: between the servers, one server's view.
    /// </returns>
    /// <exception cref="ParameterException">The plan has no dealer.</exception>
    public static SessionReport Predict(MachineCosts machine, InferencePlan plan, LinkSpeed link)
    {
        if (plan.Comparison == ComparisonKinds.Transfers)
            throw new ParameterException("what two servers take is predicted with a dealer, not for comparison by oblivious transfer");
        ServerProgram program = new(plan, null);
        int count = program.Steps.Length;
        const int Setup = 0;
        Rehearsal script = new(machine, BaseTransfers.FactoryFor(0), BaseTransfers.FactoryFor(0));
        script.Exchange(AgreementBytes);
        script.Laps(Role.Server, Setup);
        for (int step = 0; step < count; step++) Online(script, program, program.Steps[step], 1 + step);
        PhaseCost[] played = script.Play(link, Role.Server, 1 + count);
        PhaseCost setup = new(played[Setup].Seconds, 0, QuerySeeds.MessageBytes, QuerySeeds.MessageBytes);
        ImmutableArray<LayerCost> layers = [.. program.Steps.Select((step, i) => new LayerCost(step.Step.Name, PlanTable.Kind(step.Step),
            Offline(machine, program, step), Stated(program.Cost(step)) with { Seconds = played[1 + i].Seconds }))];
        return new SessionReport(1, layers.Aggregate(setup, (sum, layer) => sum + layer.Offline),
            layers.Aggregate(default(PhaseCost), (sum, layer) => sum + layer.Online), setup, layers);
    }

    private static PhaseCost Stated(OpeningCost cost) => new(0, cost.Rounds, cost.BytesEachWay, cost.BytesEachWay);

    private static void Online(Rehearsal script, ServerProgram program, ServerStep step, int slot)
    {
        foreach (CorrelationShape shape in step.Shapes)
            if (shape is SelectionShape selection)
                script.Both(Kinds(selection).Selected, Compared(selection), selection.RingBits);
            else if (shape is WideningShape widening) script.Both(Work.Element, 2.0 * widening.Elements);
        script.Both(Work.SharedProduct, Products(step));
        step.Run(script);
        int elements = step.Step.Writes < 0 ? 0 : program.Plan.Tensors[step.Step.Writes].Elements;
        script.Both(step.Step is LinearStep ? Work.LinearElement : Work.Element, elements);
        if (program.Flow.Opens(step.Step))
        {
            script.Both(Work.Element, elements);
            script.Exchange(program.OpenedBytes(step.Step.Writes));
        }
        script.Laps(Role.Server, slot);
    }

    private static PhaseCost Offline(MachineCosts machine, ServerProgram program, ServerStep step)
    {
        double ns = 2 * machine.Ns(Work.SharedProduct, Products(step));
        long common = 0, corrections = 0;
        foreach (CorrelationShape shape in step.Shapes.AddRange(program.OpeningShapes(step.Step)))
        {
            (common, corrections) = (common + shape.CommonBytes, corrections + shape.CorrectionBytes);
            ns += shape switch
            {
                SelectionShape selection => machine.Ns(Kinds(selection).Dealt, Compared(selection), selection.RingBits)
                    + machine.Ns(Kinds(selection).Taken, Compared(selection), selection.RingBits),
                WideningShape widening => machine.Ns(Work.Element, 4.0 * widening.Elements),
                ProductShape product => machine.Ns(Work.LinearElement, 2.0 * product.Elements),
                MaskShape mask => machine.Ns(Work.Element, 2.0 * mask.Elements),
                _ => 0,
            };
        }
        return new PhaseCost(1e-9 * ns, 0, common, common + corrections);
    }

    private static double Compared(SelectionShape shape) => (double)shape.Elements * shape.Thresholds;

    private static double Products(ServerStep step) =>
        step.Step is LinearStep linear ? linear.Terms.OfType<ConvolutionTerm>().Sum(term => (double)term.Geometry.Macs) : 0;

    private static (Work Selected, Work Taken, Work Dealt) Kinds(SelectionShape shape) => shape.Method switch
    {
        ComparisonMethod.Tables => (Work.SelectedByTables, Work.TablesTaken, Work.TablesDealt),
        ComparisonMethod.Functions => (Work.SelectedByFunctions, Work.FunctionsTaken, Work.FunctionsDealt),
        _ => (Work.SelectedByAdder, Work.AddersTaken, Work.AddersDealt),
    };
}
