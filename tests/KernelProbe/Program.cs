using Blindsight.Arithmetic.Randomness;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Integrity;
using Blindsight.Enclave.Refresh;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Sessions;
using Blindsight.KernelProbe;

if (args is ["pool", string folder, string log])
{
    PoolUser.Run(folder, log);
    return;
}
WarmUp.Run();
TwoServersTrial.WarmUp();

using Prg prg = Prg.Derive([], "kernel probe");
using CkksContext context = new(CkksParameters.Create(CkksParameterSpec.Of(8192, 2, 50, 50)));
using CkksSecretKey secret = CkksSecretKey.Create(context, prg);
CkksEncoder encoder = new(context);
using CkksPlaintext plaintext = encoder.Encode([0.5], 1, 1L << 60, 2);
using CkksCiphertext ciphertext = new CkksSecretEncryptor(secret, prg).Encrypt(plaintext);
using CkksPlaintext released = new CkksRelease(secret, 1, 30, prg).Decrypt(ciphertext);
encoder.Decode(released, new double[1]);
double[] numbers = new double[16], maxima = new double[8], sums = new double[2 * Projections.Rows];
RefreshKernel.Maxima(numbers, [0, 1, 2, 3, 4, 5, 6, 7], 2, maxima);
RefreshKernel.Apply(new RoomFunction("csni", -1, 1, [0, 0, 0, 0]), 0, maxima);
ProjectionSums.Add(new double[8 * Projections.Rows], numbers, 2, 1, sums);
ProjectionSums.Add(new double[16 * Projections.Rows], numbers, 1, 1, sums.AsSpan(0, Projections.Rows));
