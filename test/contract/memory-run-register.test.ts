import { MemoryRunRegister } from '#proto/adapters/memory-run-register.ts';
import { describeRunRegisterContract } from './run-register.contract.ts';

describeRunRegisterContract('MemoryRunRegister', async () => ({
  register: new MemoryRunRegister(),
  dispose: async () => undefined,
}));
