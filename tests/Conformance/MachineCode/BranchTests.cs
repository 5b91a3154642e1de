namespace Blindsight.Conformance.MachineCode;

public sealed class BranchTests
{
    /// <summary>Methods that handle shares, masks, keys or digits, and must show in the listing.</summary>
    private static readonly string[] Secret =
    [
        "Blindsight.Inference.Protocols.Nonlinear.Comparison:AddTables",
        "Blindsight.Inference.Protocols.Nonlinear.Comparison:Correct",
        "Blindsight.Inference.Protocols.Nonlinear.Comparison:Signs",
        "Blindsight.Inference.Protocols.Nonlinear.AndTree:Multiply",
        "Blindsight.Inference.Protocols.Nonlinear.Truncation:Run",
        "Blindsight.Inference.Protocols.Nonlinear.Garbled.GarbledFunction:AddBits",
        "Blindsight.Inference.Protocols.Nonlinear.Garbled.GarbledFunction:SendLabels",
        "Blindsight.Inference.Protocols.Nonlinear.Garbled.GarbledFunction:MaskLabels",
        "Blindsight.Inference.Protocols.Nonlinear.Garbled.GarbledFunction:Garble",
        "Blindsight.Inference.Protocols.Nonlinear.Garbled.GarbledFunction:Colours",
        "Blindsight.Inference.Protocols.Nonlinear.Garbled.GarbledFunction:Receive",
        "Blindsight.Inference.Protocols.Nonlinear.Garbled.GarbledFunction:Decode",
        "Blindsight.Mpc.GarbledCircuits.HalfGates:GarbleAnd",
        "Blindsight.Mpc.GarbledCircuits.HalfGates:EvaluateAnd",
        "Blindsight.Mpc.Correlations.LeafPadSender:Generate",
        "Blindsight.Mpc.Correlations.LeafPadSender:Correct",
        "Blindsight.Mpc.Correlations.LeafPadSender:Mask",
        "Blindsight.Mpc.Correlations.LeafPadReceiver:Generate",
        "Blindsight.Mpc.Correlations.LeafPadReceiver:Unmask",
        "Blindsight.Mpc.Correlations.AdditivePadSender:Mask",
        "Blindsight.Mpc.Correlations.AdditivePadReceiver:Unmask",
        "Blindsight.Inference.Protocols.Nonlinear.Multiplexer:AddSent",
        "Blindsight.Inference.Protocols.Nonlinear.Multiplexer:AddReceived",
        "Blindsight.Inference.Protocols.Nonlinear.BitToArithmetic:Complete",
        "Blindsight.Inference.Protocols.Nonlinear.Extension:Run",
        "Blindsight.Inference.Protocols.Nonlinear.Square:OwnNumbers",
        "Blindsight.Inference.Protocols.Nonlinear.Square:Server",
        "Blindsight.Inference.Protocols.Nonlinear.Square:Client",
        "Blindsight.Inference.Protocols.Nonlinear.Square:MakeProducts",
        "Blindsight.Inference.Protocols.Nonlinear.Square:Draw",
        "Blindsight.Inference.Protocols.Steps.ActivationProtocol:TruncateSquares",
        "Blindsight.Inference.Deployments.TwoServers.Correlations.MaskedNumbers:Deal",
        "Blindsight.Inference.Deployments.TwoServers.Correlations.MaskedNumbers:Receive",
        "Blindsight.Inference.Deployments.TwoServers.Correlations.WideningShares:Deal",
        "Blindsight.Inference.Deployments.TwoServers.Correlations.CaseShares:Receive",
        "Blindsight.Inference.Deployments.TwoServers.Correlations.SelectionDealing:DealTable",
        "Blindsight.Inference.Deployments.TwoServers.Correlations.SelectionDealing:DealCase",
        "Blindsight.Inference.Deployments.TwoServers.Correlations.PrefixShares:Deal",
        "Blindsight.Inference.Deployments.TwoServers.Protocols.DigitLookUp:ReadScalar",
        "Blindsight.Inference.Deployments.TwoServers.Protocols.MaskedSelect:NumbersScalar",
        "Blindsight.Inference.Deployments.TwoServers.Protocols.MaskedSelect:NumbersVector",
        "Blindsight.Inference.Deployments.TwoServers.Protocols.Widening:Send",
        "Blindsight.Inference.Deployments.TwoServers.Protocols.Widening:Lift",
        "Blindsight.Inference.Deployments.TwoServers.Protocols.Widening:Square",
        "Blindsight.Inference.Deployments.TwoServers.Protocols.PrefixSelection:Multiply",
        "Blindsight.Inference.Deployments.TwoServers.Protocols.PrefixSelection:Products",
        "Blindsight.Mpc.Correlations.Dealing.DealerStreams:Deal",
        "Blindsight.Mpc.Correlations.Dealing.DealtStream:Fill",
        "Blindsight.Mpc.FunctionSecretSharing.ComparisonDealing:Correct",
        "Blindsight.Mpc.FunctionSecretSharing.DistributedComparison:Descend",
        "Blindsight.Mpc.FunctionSecretSharing.DistributedComparison:Read",
        "Blindsight.Arithmetic.Randomness.AesCounter:FillHardware",
        "Blindsight.Arithmetic.Residues.ResidueSampler:Ternary",
        "Blindsight.Arithmetic.Residues.ResidueSampler:AddNoise",
        "Blindsight.HomomorphicEncryption.BaseOt.SlotEncoder:ToSlots",
        "Blindsight.Arithmetic.Randomness.CorrelationRobustHash:HashHardware",
        "Blindsight.Arithmetic.Fourier.EmbeddingTransform:FromSlots",
        "Blindsight.Arithmetic.Fourier.EmbeddingTransform:ToSlots",
        "Blindsight.HomomorphicEncryption.Ckks.CkksEncoder:Round",
        "Blindsight.HomomorphicEncryption.Ckks.CkksEncoder:CheckMagnitudes",
        "Blindsight.HomomorphicEncryption.Ckks.CkksEncoder:Append",
        "Blindsight.HomomorphicEncryption.Ckks.WideGaussian:AddBase",
        "Blindsight.Enclave.Refresh.RefreshKernel:Larger",
        "Blindsight.Enclave.Refresh.RefreshKernel:Clamp",
        "Blindsight.Enclave.Refresh.RefreshKernel:Scale",
        "Blindsight.Enclave.Refresh.RefreshKernel:Square",
        "Blindsight.Enclave.Integrity.ProjectionSums:Add",
    ];

    [Fact]
    public void Secrets_steer_no_branches()
    {
        ILookup<string, string[]> listings = Disassembly.Of(Secret);
        foreach (string method in Secret)
        {
            string[][] found = [.. listings.Where(group => group.Key.StartsWith(method, StringComparison.Ordinal)).SelectMany(group => group)];
            Assert.True(found.Length > 0, $"{method} was not compiled");
            foreach (string[] lines in found)
            {
                List<string> violations = BranchRule.Violations(lines);
                Assert.True(violations.Count == 0, $"{method}: {string.Join("; ", violations)}");
            }
        }
    }

    [Fact]
    public void The_rule_finds_a_branch_in_a_loop_body()
    {
        string[] branching =
        [
            "; Assembly listing for method A:B()", "G_M1_IG01:", "       xor eax, eax", "G_M1_IG02:", "       cmp ecx, edx",
            "       jge      SHORT G_M1_IG03", "       inc ebx", "G_M1_IG03:", "       inc eax", "       cmp eax, 10",
            "       jl       SHORT G_M1_IG02", "G_M1_IG04:", "       ret",
        ];
        Assert.Single(BranchRule.Violations(branching));
        branching[5] = "       jge      SHORT G_M1_IG04";
        Assert.Empty(BranchRule.Violations(branching));
    }
}
